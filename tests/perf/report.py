"""What a bench says: lines of one table, each a ratio beside its target, and bench.json."""

import json
import platform
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

UNITS = {
    "req_s": ("{:,.0f} req/s", 1),
    "cpu_us": ("{:,.0f} µs CPU", 1),
    "cpu_total_us": ("{:,.0f} µs CPU en tout", 1),
    "cpu_point_us": ("{:,.0f} µs CPU par point", 1),
    "cpu_line_us": ("{:,.0f} µs CPU par ligne", 1),
    "cpu_pg_us": ("{:,.0f} µs CPU de PostgreSQL par ligne", 1),
    "cpu_event_us": ("{:,.0f} µs CPU par événement", 1),
    "cpu_auditeur_us": ("{:,.1f} µs CPU par événement et auditeur", 1),
    "p50_ms": ("p50 {:.2f} ms", 1),
    "p99_ms": ("p99 {:.2f} ms", 1),
    "octets": ("{:,.1f} ko", 1e-3),
    "secondes": ("{:.2f} s", 1),
    "ms": ("{:.2f} ms", 1),
    "mo": ("{:,.0f} Mo", 1),
    "lignes_s": ("{:,.0f} lignes/s", 1),
    "par_s": ("{:,.0f} par s", 1),
    "objets": ("{:,.0f} objets", 1),
}
"""Figure → how it is written, after multiplication."""


@dataclass(frozen=True)
class Target:
    """What design/performance.md asks for."""

    limit: float
    at_most: bool = False

    def holds(self, value: float) -> bool:
        return value <= self.limit if self.at_most else value >= self.limit

    def __str__(self) -> str:
        return f"{'≤' if self.at_most else '≥'} {_number(self.limit)}"


@dataclass(frozen=True)
class Line:
    """One thing measured; `value` is what the target bears on, usually a ratio."""

    workload: str
    subject: str
    figures: Mapping[str, float]
    value: float | None = None
    against: str = ""
    """What `value` is: « × nu » is a ratio to the bare application."""
    target: Target | None = None

    @property
    def verdict(self) -> str:
        if self.target is None or self.value is None:
            return ""
        return "atteint" if self.target.holds(self.value) else "non atteint"


def ratio(numerators: Iterable[float], denominators: Iterable[float]) -> float:
    """Median of the ratios of each round: what slows the machine slows both sides."""
    return median(a / b for a, b in zip(numerators, denominators, strict=True) if b)


def percentiles(values: Iterable[float]) -> tuple[float, float]:
    """The median, and what 99 % of some values do not pass."""
    ordered = sorted(values)
    return ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100]


def table(lines: Iterable[Line]) -> str:
    """The lines as one table in plain text."""
    rows = [("quoi", "qui", "mesure", "rapport", "objectif", "")]
    for line in lines:
        value = "" if line.value is None else f"{_number(line.value)} {line.against}"
        target = str(line.target) if line.target else ""
        told = ", ".join(_figure(name, figure) for name, figure in line.figures.items())
        rows.append((line.workload, line.subject, told, value, target, line.verdict))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    told_rows = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join([told_rows[0], "-" * len(told_rows[0]), *told_rows[1:]])


def write_json(path: Path, lines: Iterable[Line], conditions: Mapping[str, object]) -> None:
    """The same, for programs."""
    document = {
        "instant": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"python": platform.python_version(), "systeme": platform.platform()},
        "conditions": conditions,
        "mesures": [{**asdict(line), "verdict": line.verdict} for line in lines],
    }
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _figure(name: str, figure: float) -> str:
    pattern, factor = UNITS[name]
    return _french(pattern.format(figure * factor))


def _number(value: float) -> str:
    return _french(f"{value:,.2f}" if abs(value) < 100 else f"{value:,.0f}")


def _french(number: str) -> str:
    return number.replace(",", "\N{NARROW NO-BREAK SPACE}").replace(".", ",")
