"""The way out: letters composed and given to a mail server."""
