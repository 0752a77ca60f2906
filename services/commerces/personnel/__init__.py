"""What is kept of a merchant: its export and its erasure."""
