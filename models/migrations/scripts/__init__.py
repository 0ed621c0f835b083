"""What Alembic runs: its environment, and a script a version of the database."""
