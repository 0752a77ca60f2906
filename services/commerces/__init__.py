"""The shop directory « Mes commerces à domicile » of the Métropole du Grand Paris.

A map of the modules:

- the service: `app` declares it, `api` is its HTTP, `cli` its commands, `taches` its background
  jobs, `demonstration` its fictive data;
- a listing: `models` stores it, `saisie` checks what is written, `commands` writes it, `statuts`
  says which status follows which, `queries` reads it; `fiches`, `fiche_geree` and `jsonld` show it;
- its values: `taxonomie` and `naf`, `mots_admis`, `colonnes`; `zones`; `horaires`, `horaires_osm`
  and `prose` for opening hours; `mots` cuts words, `phrases` finds names of several words;
- searches in memory: `vitrine` loads; `filtres`, `desserte` and `tournees` say who serves a place;
  `etats`, `ouvertures` and `creneaux` who is open; `ordre` sorts, `facettes` counts, `limites`
  tells of crisis rules;
- `changements` is the public feed, `indicateurs` the figures of a commune.

Folders: `texte` (text search), `imports`, `exports`, `doublons` (duplicates), `regimes` (crisis
rules), `contribution`, `liens`, `retraits` and `moderation` (what merchants ask, the links they are
mailed, what they withdraw, what agents decide), `titulaires` (who holds a listing), `signalements`
(reports), `fraicheur` (reminders), `personnel` (export and erasure), `oubli` (what reports of
imports forget), `courrier` (mail), `abonnements` and `livraisons` (webhooks), `origines` (rate
limits), `widget`, `espace` (the merchants' pages).
"""
