"""Webhook delivery: messages made from the journal, sent, retried, given up."""
