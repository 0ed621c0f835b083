"""How letters leave, and what becomes of those that do not arrive."""
