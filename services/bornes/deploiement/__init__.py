"""How deployment stands against its programmes.

`mesure` measures it from a `releve` (what is counted on a day) with `presences` (when each point
was in service), by `decoupage` (commune, territory, power…) and at what `rythme`; `kept` spares
counting again.
"""
