"""What tells others of changes: `changes` is the public feed.

`events` and `follower` make live events, `streams` sends them.
"""
