"""From what a message states to the rows that are changed by it, to whom that is told, and back again."""
