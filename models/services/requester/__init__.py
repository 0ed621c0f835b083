"""What the person who asks proves, is sent and may take back."""
