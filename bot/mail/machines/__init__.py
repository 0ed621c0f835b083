"""By what is known that no person wrote a mail."""
