"""Who answers for a listing, by which tokens, and who does no more."""
