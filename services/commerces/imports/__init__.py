"""From a file of shops to listings: one module for each step of an import."""
