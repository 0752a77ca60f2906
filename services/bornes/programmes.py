"""The programmes of deployment: who was called upon, where, and what was aimed at since when."""

import json
from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter

from shared import territoire
from shared.schemas.bornes_deploiement import Objectif, Programme


@cache
def programmes() -> tuple[Programme, ...]:
    """Those of the reference file: a new target is a dated line in it, none is ever edited."""
    content = json.loads(Path(__file__).with_name("programmes.json").read_text("utf-8"))
    return TypeAdapter(tuple[Programme, ...]).validate_python(content)


def find(code: str) -> Programme | None:
    return next((programme for programme in programmes() if programme.code == code), None)


def known_on(objectifs: Sequence[Objectif], au: date) -> list[Objectif]:
    """The targets decided by that day, the one in force last."""
    return sorted(
        (objectif for objectif in objectifs if objectif.date_effet <= au),
        key=lambda objectif: objectif.date_effet,
    )


@cache
def communes_at_launch(code: str) -> frozenset[str]:
    """INSEE codes of the perimeter as it was called for: 130 communes for the plan's programme."""
    programme = find(code)
    assert programme is not None
    there = {commune.code for commune in territoire.communes(programme.date_lancement)}
    return frozenset(there - set(programme.communes_exclues))


@cache
def communes_today(code: str) -> frozenset[str]:
    """The same ground in today's communes, which is how positions are placed."""
    return frozenset(filter(None, map(commune_today, communes_at_launch(code))))


@cache
def commune_today(code: str) -> str | None:
    """Today's commune for an INSEE code, arrondissements and merged communes included."""
    found = territoire.resolve(code)
    return found.commune.code if found else None
