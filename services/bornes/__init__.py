"""The registry of charging points (IRVE) of the Métropole du Grand Paris.

A map of the modules:

- the service: `app` declares it, `api` is its HTTP, `cli` its commands, `taches` its background
  jobs, `demonstration` its fictive data; `models`, `commands` and `queries` its database;
- the standard: `irve`, `cellules` and `heures` judge cells, `attendus` says what they should hold,
  `insee` judges positions;
- searches in memory: `vitrine` loads with `lieux`; `filtres` keeps, `facettes` counts, `fiches`
  shows, `parcours` walks the points; `itineraire` searches along a route;
- maps: `grappes`, `tuiles`; QGIS and GDAL: `ogc`;
- what changes: `changements` is the public feed, `flux` and `ecoute` the live stream;
- `programmes` are the targets, `bandes` the ranges of power.

Folders: `deploiement` (measured against the targets), `imports`, `exports`, `sites` (planned),
`statuts` (live status), `signalements` (reports), `qualite`, `avitaillement` (hydrogen and gas),
`ocpi`.
"""
