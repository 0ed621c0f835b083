"""What a desk is: its tables, its rules, its services, its letters and the customer databases it writes to."""
