"""A listing as its holder writes it, in the one JSON that two states are compared by."""

from decimal import Decimal
from typing import Any, Final

from pydantic import ValidationError

from services.commerces.colonnes import DESCRIPTION, LIEU_SAISI
from services.commerces.contribution.ecarts import MODALITES, Json
from services.commerces.models import Fiche
from services.commerces.saisie import verify
from shared.problems import InvalidBody
from shared.schemas.commerces_gestion import FicheDecrite, FicheSaisie, ModaliteSaisie
from shared.schemas.commerces_valeurs import Modalite
from shared.validation import errors_fr

_EXPLOITATION: Final = ("siret", "enseigne")
_FICHE: Final = (
    *DESCRIPTION,
    "contacts",
    "horaires",
    "horaires_texte",
)
_MODALITE: Final = tuple(name for name in ModaliteSaisie.model_fields if name != "horaires_osm")
_ORDRE: Final = tuple(Modalite)


def current(fiche: Fiche) -> Json:
    """What a listing says now; it may not be what would be accepted today."""
    exploitation = fiche.exploitation
    return {
        **{name: getattr(fiche, name) for name in _FICHE},
        **{name: getattr(exploitation, name) for name in _EXPLOITATION},
        **{name: getattr(exploitation.lieu, name) for name in LIEU_SAISI},
        "naf": [code for code in (exploitation.naf_rev2, exploitation.naf_2025) if code],
        "du": _plain(exploitation.du),
        MODALITES: _sorted(
            [{name: _plain(getattr(row, name)) for name in _MODALITE} for row in fiche.modalites]
        ),
    }


def wanted(described: FicheDecrite, *, pointer: str) -> Json:
    """What a description says, checked; problems point under `pointer`."""
    try:
        checked = verify(whole(described))
    except InvalidBody as problem:
        raise _under(pointer, problem) from None
    own = described.model_dump(mode="json", exclude={"horaires_osm", MODALITES})
    kept = ("horaires", "horaires_texte")
    return {
        **own,
        **{name: checked.fiche[name] for name in kept},
        "naf": [code for code in checked.naf if code],
        MODALITES: _sorted(
            [
                {
                    **modalite.model_dump(mode="json", exclude={"horaires_osm"}),
                    **{name: checked.modalites[modalite.genre][name] for name in (*kept, "zone")},
                }
                for modalite in described.modalites
            ]
        ),
    }


def whole(described: FicheDecrite, **known: Any) -> FicheSaisie:
    """A description as the directory's commands take it, with what the holder does not write."""
    return FicheSaisie(
        **{name: getattr(described, name) for name in FicheDecrite.model_fields}, **known
    )


def read(listing: Json) -> FicheDecrite:
    """A listing back from its JSON; a problem when nobody could write it so today."""
    try:
        return FicheDecrite.model_validate(listing)
    except ValidationError as error:
        found = [
            {"pointer": "#/" + "/".join(map(str, one.loc)), "detail": one.detail}
            for one in errors_fr(error.errors())
        ]
        raise InvalidBody("La fiche ainsi changée n'est plus valable.", erreurs=found) from None


def _under(pointer: str, problem: InvalidBody) -> InvalidBody:
    (one,) = problem.members["erreurs"]
    return InvalidBody.at(one["pointer"].replace("#", pointer, 1), one["detail"])


def _sorted(modalites: list[Json]) -> list[Json]:
    return sorted(modalites, key=lambda one: _ORDRE.index(Modalite(one["genre"])))


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, ".2f")
    return value.isoformat() if hasattr(value, "isoformat") else value
