"""A script a version of the database, each run once and never changed after a release."""
