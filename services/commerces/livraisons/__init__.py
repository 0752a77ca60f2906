"""The work of webhooks: messages made of the journal, sent, tried again, given up."""
