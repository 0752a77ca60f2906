"""The merchants' pages: registering a shop, keeping one's listing; a script asks the API."""
