"""How the desk's own database came to its present form, step by step, and how an older one is brought there."""
