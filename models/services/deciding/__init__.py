"""What staff do with a request, and who of them may."""
