"""OGC API Features, Part 1 (17-069r4), for QGIS and GDAL.

`reads` are the routes, `items` selects objects, `description` and `openapi` write the documents.
"""
