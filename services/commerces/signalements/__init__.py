"""Reports: what people say is wrong on a listing, merged and moderated."""
