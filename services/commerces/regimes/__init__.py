"""Crisis rules: what some shops may still do, where, when.

- `regles` says what a rule is and which one decides, `fenetres` at which hours and days,
  `calendrier` when that turns;
- searches: `vitrine` keeps rules in memory, `restrictions` tells them by columns, `interdits`
  when they forbid a modality, `ouverture` bounds the hours of a shop by them, `disponibilites`
  tells them day after day;
- `commands` writes, `queries` reads; `osm` reads the files of « Ça reste ouvert », `importation`
  tells what became of one.
"""
