"""Hot reads: routes that are answered from memory, ahead of the framework (docs/adr/0008).

`reads` declares them, `answering` answers them, `live` adds what changes without a new version.
"""
