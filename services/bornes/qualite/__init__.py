"""The quality of what producers send: what the rules find, file after file."""
