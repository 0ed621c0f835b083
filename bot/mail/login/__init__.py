"""How a mail server is reached, and what it is shown."""
