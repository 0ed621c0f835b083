"""How a message becomes a ticket with its requests, or joins one."""
