"""How long and how much a run measures."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    rounds: int = 5
    seconds: float = 1.0
    """Of load, each time."""
    only: str | None = None
    """Name of the one bench, or of the one kind of question, to run."""

    def wants(self, *names: str) -> bool:
        """Whether any of `names` is to be measured."""
        return self.only is None or self.only in names
