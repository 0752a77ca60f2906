"""The gateway's pages: French, without script, cookie or third party."""
