"""What staff are shown, read in one transaction."""
