"""Where public calls of the directory come from, for as long as a limit needs to know."""
