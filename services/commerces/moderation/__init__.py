"""Moderation: what agents decide of what merchants ask."""
