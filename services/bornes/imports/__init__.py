"""From an IRVE file to the registry.

`fichier` makes rows of it; `lignes` judges them, by `colonnes` that remember values, with
`constats`; `chargement` streams them into PostgreSQL, where `sql` and `ecartees` compare and apply;
`registre` puts these steps in order. `prise` is what goes in and comes out, whatever the schema;
`comptes` and `resume` tell what became of the file.
"""
