"""Mail that the directory sends: an outbox in its database, and the port it leaves by."""
