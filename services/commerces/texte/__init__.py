"""Text search: which listings a question in words is about.

`lexique` knows the words in use and their misspellings; `questions` finds which of them a question
asks, `index` which listings have those; `lieux_nommes`, `voies_nommees` and `offres_nommees` say
what a question names; `plein_texte` puts them together.
"""
