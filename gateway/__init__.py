"""The gateway: mounts the services, local or remote, at /v1/<service>.

A map of the modules:

- a request: `protocol` takes it off the socket, `app` routes it, `limits` and `keys` screen it,
  `refusals` says no;
- a remote service: `upstreams` proxies to it over `pool`, `dialing`, `breaker`, `connection`,
  `answer` and `watch`; `hop` says how that fails;
  `cache`, `cache_rules`, `cache_store` and `cache_exchange` keep its public answers;
- its own pages: `site`, `accueil`, `openapi`, `health`;
- the command `relance`: `cli`, `usage`, `demo`, `serving`, `stopping`, `cles`, `travaux`,
  `failures`; `embedded` alone imports services, `groups` their commands; `models` stores keys.
"""
