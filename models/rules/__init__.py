"""The rules of the desk: pure functions and tables of the standard library alone, no IO, no clock."""
