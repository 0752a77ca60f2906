"""Reports: charging points that people on the street found faulty, merged and moderated."""
