"""Writes the lines of a file as COPY wants them, accepted or rejected."""

from collections.abc import Collection, Iterable
from hashlib import blake2b
from typing import Any, Final, NamedTuple

import orjson

from services.commerces.colonnes import DESCRIPTION, HORAIRES, LIEU
from services.commerces.imports.constats import MAX_SHOWN, Constat
from services.commerces.imports.detail import Heures
from services.commerces.imports.identite import Identite
from services.commerces.imports.positions import Position
from services.commerces.imports.situations import Place, Situation
from services.commerces.naf import CodesNaf

NULL: Final = r"\N"
LUES: Final = (
    "ligne",
    "statut",
    "action",
    "cle",
    "siret",
    "nom_cle",
    "lieu_cle",
    "nom",
    "enseigne",
    "naf_rev2",
    "naf_2025",
    *LIEU,
    "cle_ban",
    "du",
    *DESCRIPTION[1:],
    "contacts",
    *HORAIRES,
    "verifie_le",
    "modalites",
    "constats",
    "empreinte",
)
"""Columns of the staging table."""


class Lue(NamedTuple):
    """What is kept of an accepted line."""

    nom: str | None
    enseigne: str | None
    naf: CodesNaf
    complement: str | None
    situation: Situation
    cle_ban: str | None
    du: str | None
    categories: Collection[str]
    description: str | None
    listes: Iterable[Collection[str]]
    """Labels, means of payment, access, languages."""
    contacts: list[dict[str, Any]]
    heures: Heures
    verifie_le: str | None
    modalites: str
    """As `en_json` writes them."""


def acceptee(numero: int, mot: str, lue: Lue, who: Identite, constats: list[Constat]) -> str:
    """A line that becomes a listing, or is that of one; `mot` is its status."""
    place = lue.situation.place
    assert place is not None
    commune, arrondissement, territoire = place.lieu
    hours = lue.heures
    content = "\t".join(
        (
            echappe(lue.nom),
            echappe(lue.enseigne),
            lue.naf.naf_rev2 or NULL,
            lue.naf.naf_2025 or NULL,
            echappe(lue.situation.adresse),
            echappe(lue.complement),
            echappe(lue.situation.code_postal),
            f"{place.lon}\t{place.lat}",
            commune,
            arrondissement or NULL,
            territoire,
            lue.cle_ban or NULL,
            lue.du or NULL,
            _array(lue.categories),
            echappe(lue.description),
            *map(_array, lue.listes),
            en_json(lue.contacts),
            en_json(hours.horaires) if hours.horaires else NULL,
            echappe(hours.osm),
            echappe(hours.texte),
            lue.verifie_le or NULL,
            lue.modalites,
        )
    )
    digest = blake2b(f"{who.siret}\t{content}".encode(), digest_size=16).hexdigest()
    head = f"{numero}\t{mot}\tgarder\t{_identity(who)}"
    return f"{head}\t{content}\t{_findings(constats)}\t{digest}"


_BEFORE: Final = "\t".join((NULL,) * (LUES.index("lon") - LUES.index("nom") - 1))
_AFTER: Final = "\t".join((NULL,) * (LUES.index("modalites") - LUES.index("lat")))
_NOWHERE: Final = f"{NULL}\t{NULL}"
"""What a rejected line tells between its name and its findings, but for where its shop is."""


def rejetee(
    numero: int,
    constats: list[Constat],
    who: Identite | None = None,
    *,
    action: str | None = None,
    nom: str | None = None,
    place: Place | Position | None = None,
) -> str:
    """Kept by its identity alone: a shop whose new line is wrong keeps its last good one."""
    known = _identity(who) if who else "\t".join((NULL,) * 4)
    head = f"{numero}\trejete\t{action or NULL}\t{known}\t{echappe(nom)}"
    where = f"{place.lon}\t{place.lat}" if place else _NOWHERE
    return f"{head}\t{_BEFORE}\t{where}\t{_AFTER}\t{_findings(constats)}\t{NULL}"


def _identity(who: Identite) -> str:
    return "\t".join((echappe(who.cle), who.siret or NULL, who.nom_cle, who.lieu_cle))


def _findings(constats: list[Constat]) -> str:
    if not constats:
        return "[]"
    return en_json([[_shown(part) for part in constat] for constat in constats])


def _shown(part: str | None) -> str | None:
    if part is None or (len(part) <= MAX_SHOWN and "\0" not in part):
        return part
    return part[:MAX_SHOWN].replace("\0", "")


def _array(words: Collection[str]) -> str:
    """Our words are letters, digits and _ alone."""
    return f"{{{','.join(words)}}}" if words else "{}"


def en_json(value: Any) -> str:
    """A value for a column of JSON."""
    # JSON writes tabs and line breaks with a backslash: nothing else is to be escaped.
    return orjson.dumps(value).decode().replace("\\", r"\\")


def echappe(value: str | None) -> str:
    """A text, or its absence."""
    if value is None:
        return NULL
    if value.isprintable() and "\\" not in value:
        return value
    # A few replacements cost a tenth of a translation.
    value = value.replace("\\", r"\\").replace("\n", r"\n")
    return value.replace("\t", r"\t").replace("\r", r"\r")
