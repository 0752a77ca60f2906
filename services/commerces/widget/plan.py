"""A drawing of where shops are in their commune: its outline and numbered dots, no map service."""

from collections.abc import Sequence
from math import cos, radians
from typing import Final

from shared import territoire
from shared.http.html import Html, el

LARGEUR: Final = 320
MARGE: Final = 12
TOLERANCE: Final = 1.2
"""How far from the outline its drawing may be, in units of the drawing."""

Point = tuple[float, float]


def drawing(code: str, points: Sequence[Point], *, first: int) -> Html:
    """The outline of a commune and its shops, numbered from `first`."""
    ring = territoire.outline(code)
    shrink = cos(radians(ring[0][1]))
    west, north = min(lon for lon, _ in ring), max(lat for _, lat in ring)
    east, south = max(lon for lon, _ in ring), min(lat for _, lat in ring)
    scale = (LARGEUR - 2 * MARGE) / ((east - west) * shrink)
    height = round((north - south) * scale) + 2 * MARGE

    def place(point: Point) -> Point:
        return (
            MARGE + (point[0] - west) * shrink * scale,
            MARGE + (north - point[1]) * scale,
        )

    outline = " ".join(f"{x:.0f},{y:.0f}" for x, y in _simplified([place(p) for p in ring]))
    dots = (_dot(place(point), number) for number, point in enumerate(points, first))
    label = "Plan : contour de la commune et commerces de cette page, numérotés comme la liste"
    return el(
        "svg",
        el("polygon", points=outline),
        dots,
        viewBox=f"0 0 {LARGEUR} {height}",
        role="img",
        aria_label=label,
    )


def _dot(at: Point, number: int) -> Html:
    x, y = f"{at[0]:.0f}", f"{at[1]:.0f}"
    return el("g", el("circle", cx=x, cy=y, r="8"), el("text", number, x=x, y=y, dy="3.5"))


def _simplified(points: Sequence[Point]) -> list[Point]:
    """Fewer points along the same line (Ramer, Douglas and Peucker)."""
    kept = {0, len(points) - 1}
    waiting = [(0, len(points) - 1)]
    while waiting:
        start, end = waiting.pop()
        far, where = 0.0, start
        for middle in range(start + 1, end):
            away = _distance(points[middle], points[start], points[end])
            if away > far:
                far, where = away, middle
        if far > TOLERANCE:
            kept.add(where)
            waiting += [(start, where), (where, end)]
    return [points[place] for place in sorted(kept)]


def _distance(point: Point, start: Point, end: Point) -> float:
    (x, y), (ax, ay), (bx, by) = point, start, end
    dx, dy = bx - ax, by - ay
    long = dx * dx + dy * dy
    along = max(0.0, min(1.0, ((x - ax) * dx + (y - ay) * dy) / long)) if long else 0.0
    return float(((x - ax - along * dx) ** 2 + (y - ay - along * dy) ** 2) ** 0.5)
