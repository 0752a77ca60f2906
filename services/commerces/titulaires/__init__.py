"""Who answers for a listing, and who does no more."""
