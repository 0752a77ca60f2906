"""What reports of imports forget, in time or with a listing."""
