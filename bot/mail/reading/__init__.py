"""The bytes of a mail become its parts, addresses, text and files."""
