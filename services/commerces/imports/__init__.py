"""From a file of shops to listings.

A map of the modules, in the way of the data:

- a file: `fichier` makes records of it, whatever its form, with `colonnes` (the names that others
  give to ours), `elements` and `niveaux` (JSON), `jours` (hours in a column a day);
- a record: `lignes` judges it, `memoire` spares reading a value twice, `copie` writes it for COPY;
- its cells: `nettoyage` cleans texts, `contacts` and `sites` ways to reach the shop, `accords` what
  it agrees to see published, `listes` choices among our words, `dates` days;
- its place: `positions` reads a position, with `metres` and `lambert` to have degrees, `situations`
  holds it against the address, the postcode and the commune;
- its modalities: `modalites` says which, `detail` when and how, `etendues` how far, `tarifs` at
  what price;
- what others call things: `osm`, `sirene`, `contrat` (our own API's);
- which shop it is: `identite` before PostgreSQL, `reconnaissance` in it, `retraits` when it is no
  longer to be published;
- the import: `commands` runs it, `chargement` streams the lines, `sql` compares and applies,
  `queries` reads what is kept;
- what is told: `constats` are the codes, `attendus` says what a cell should have held, `bilan`
  counts, `rapport` writes the report, `modele` the template to fill in.
"""
