"""What merchants do without an account: register, claim, propose; and who decides of it."""
