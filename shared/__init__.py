"""Mechanics that every service needs and no service owns: no business noun in here.

A map of the modules, from the socket down:

- a service: `service` builds it, `contract` and `contract_schemas` complete its OpenAPI;
  `settings`, `auth`, `observability`, `problems`, `validation`;
- HTTP around any route: `bodies`, `compression`, `cors`, `methods`, `parameters`, `media`,
  `conditional`, `responses`, `idempotency`, `pages`, `addresses`, `html`;
- hot reads, answered ahead of the framework: `reads` declares them, `answering` answers them;
  `replies`, `fragments`, `live`;
- the read model in memory: `vitrine` follows the journal; `segments` are its versions, made of
  `columns`; `spatial`, `neighbours`, `ranks`, `walk` and `places` search it; `made` and `collector`
  spare work;
- maps: `mercator`, `clusters`, `tiles`, `mvt`; QGIS and GDAL: `ogc`, `ogc_reads`, `ogc_items`,
  `ogc_openapi`;
- what changes: `journal` records it, `following` mirrors a table; `changes` is the public feed;
  `events`, `follower` and `streams` make live streams;
- files: `uploads` and `imports` receive them, `files` reads them, `spreadsheets`, `downloads` and
  `waiting` send them, `output` writes those of commands; `tables` reads our own;
- `misread` restores texts that were read in the wrong way; `fictive` draws the data of
  demonstrations;
- calls of strangers: `origins` and `anonymat`; calls to strangers: `outbound`;
- secrets: `sealing`, `kept_secret`; opening hours as others write them: `horaires`;
- the database: `postgres` finds one, `database_url` reads its address, `db`, `migrations`,
  `revisions`, `numbering`, `clock`; `worker` runs background jobs; `outages` and `shortages` tell
  failures; `arguments` checks those of commands.

`schemas` is the public contract, which needs pydantic only; `territoire` is the reference of
communes, which needs nothing.
"""
