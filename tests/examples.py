"""How many examples a property is tried on: few and the same ones, unless one searches."""

from typing import Any

from hypothesis import settings

_USUAL = 100
"""Examples of a property that says nothing, in a run that does not search."""


def register_profiles() -> None:
    """`tests` tries the same examples each time; `search` draws new ones, many more.

    A run judges a change, not its luck: what a search finds becomes an `@example`.
    """
    # How long an example takes depends on the machine, which no test may judge.
    settings.register_profile("tests", deadline=None, max_examples=_USUAL, derandomize=True)
    settings.register_profile(
        "search", deadline=None, max_examples=20 * _USUAL, derandomize=False, print_blob=True
    )
    settings.load_profile("tests")


def tried_on(count: int, **others: Any) -> settings:
    """What a property slower than most is tried on; a search multiplies it as any other."""
    return settings(max_examples=count * settings().max_examples // _USUAL, **others)
