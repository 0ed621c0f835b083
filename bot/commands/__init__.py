"""What each command of `rightsdesk` does, given a desk that the command line built."""
