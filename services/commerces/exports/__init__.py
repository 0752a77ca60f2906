"""What leaves the directory as files: what it publishes of each listing, and no more."""
