"""What leaves the registry as files."""
