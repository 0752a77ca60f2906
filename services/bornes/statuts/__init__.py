"""Live status: what operators tell of their points, judged, kept, and held in memory.

`corps` parses a call, `dynamique` its columns, `regles` judges each status, `commands` keeps them,
`suite` those that follow another of the same call, `queries` reads them again; `vitrine` follows
them in memory, as `etats`; `disponibilite` measures availability, `rejeu` tells real sessions
again.
"""
