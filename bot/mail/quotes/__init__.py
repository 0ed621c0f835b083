"""By what is known what a person did not newly write."""
