"""Crisis rules: their effect, their writing, and where they are read from."""
