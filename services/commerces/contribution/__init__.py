"""What merchants do without an account: register, claim, propose.

`regles` says who may change what, `saisies` writes a listing as its holder sends it, `ecarts`
compares two states; `commands` writes, `queries` reads, `models` are the tables, `vues` shows;
`jetons` are the secrets of links, `textes` the mails that carry them. The package of links follows
them.
"""
