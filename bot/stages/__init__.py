"""The stages of the worker's loop: each takes its work in a short transaction, acts with none open, and records."""
