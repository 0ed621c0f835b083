"""The way in for mail that is pushed."""
