"""Webhooks: what the directory tells of its public listings to those who subscribed."""
