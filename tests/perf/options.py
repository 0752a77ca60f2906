"""How long and how much a run measures."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    rounds: int = 5
    seconds: float = 1.0
    """Of load, each time."""
    only: frozenset[str] = frozenset()
    """Names of the benches, or kinds of question, to run; none is all."""

    def wants(self, *names: str) -> bool:
        """Whether any of `names` is to be measured."""
        return not self.only or not self.only.isdisjoint(names)
