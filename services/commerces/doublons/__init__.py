"""Listings that may be one shop: found, proposed to agents, decided by them."""
