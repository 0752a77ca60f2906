"""Stations that sell hydrogen and gas: our own schema of them, their files, their state.

- files: `schema` is what is published and what validates, `lecture` reads a row, `examen` compares
  rows with each other and with what is known; `commands` writes, `queries` reads;
- searches: `vitrine` keeps them in memory, `filtres` selects, `fiches` shows, `etats` adds the
  state and the price; `demonstration` makes fictive ones.
"""
