"""The door on the web: customers ask, staff decide."""
