"""Maps: positions in `mercator`, `clusters` of objects, vector `tiles` written by `mvt`."""
