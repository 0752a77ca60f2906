"""What a read model keeps in memory, and how it is searched.

`segments` are its versions, made of `columns`, and `placeless` those of what has no position;
`fragments` are objects already written in JSON; `spatial`, `neighbours`, `ranks` and `places`
search it, `walk` paginates it; `made` and `collector` spare work.
"""
