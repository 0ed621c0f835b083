"""HTML of a mail becomes the text that a reader of it sees."""
