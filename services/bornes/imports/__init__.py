"""From a file received to accepted rows: one module for each step of an import."""
