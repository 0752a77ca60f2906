"""Rate limits of anonymous calls to the directory, by origin."""
