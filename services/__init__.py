"""Four independent services: one folder each, the same file names in each; none imports another."""
