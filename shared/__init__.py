"""Mechanics that every service needs and no service owns: no business noun in here.

A map, from the socket down:

- a service: `service` builds it, `contract` and `contract_schemas` complete its OpenAPI;
  `settings`, `auth`, `observability`, `problems`, `validation`, `parameters`, `routing`;
- requests: the folder `http`, with `conditional`, `idempotency` and `pages`; hot reads: `hot`;
- the read model in memory: `vitrine` follows the journal; the folder `memory` keeps and searches;
- maps: the folder `maps`; QGIS and GDAL: `ogc`;
- what changes: `journal` records it, `following` mirrors a table; the folder `feeds` tells others;
- files: the folder `transfers`; `output` writes what commands say, `counts` numbers in sentences;
- calls of strangers: `origins` and `anonymat`; calls to strangers: `outbound`;
- secrets: `sealing`, `kept_secret`; opening hours as others write them: `horaires`; `fictive` draws
  the data of demonstrations;
- the database: `postgres` finds one, `database_url` reads its address, `db`, `migrations`,
  `revisions`, `numbering`, `clock`; `due_work` keeps background jobs, `worker` does them;
  `outages` and `shortages` tell failures; `arguments` checks those of commands.

`schemas` is the public contract, which needs pydantic only; `territoire` is the reference of
communes, which needs nothing.
"""
