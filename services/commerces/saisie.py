"""What an agent wrote, checked against the reference and the taxonomy, as it is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from services.commerces import horaires_osm, taxonomie, zones
from services.commerces.colonnes import CONDITIONS, DESCRIPTION, LIEU_SAISI
from services.commerces.horaires import ouvrira
from services.commerces.naf import CodesNaf, sort_codes
from shared import territoire
from shared.horaires import Illisible
from shared.problems import InvalidBody
from shared.schemas.commerces_gestion import FicheSaisie, HorairesSaisis, ModaliteSaisie
from shared.schemas.commerces_horaires import Horaires
from shared.schemas.commun import PARIS
from shared.territoire import Lieu

TOLERANCE_M: Final = 150.0
"""How far from the communes of its postcode a shop may stand: a border street has two sides."""

Columns = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FicheVerifiee:
    """The columns of a listing, of each of its modalities, and where it stands."""

    fiche: Columns
    modalites: Mapping[str, Columns]
    """By kind."""
    lieu: Columns
    naf: CodesNaf


_FICHE = (*DESCRIPTION, "licence")


def verify(saisie: FicheSaisie) -> FicheVerifiee:
    """The listing as it is kept; a problem that points at the first thing that cannot be."""
    taxonomie.check_written(saisie.categories)
    place = _check_place(saisie)
    return FicheVerifiee(
        fiche={
            **{name: getattr(saisie, name) for name in _FICHE},
            **({} if saisie.niveau_preuve is None else {"niveau_preuve": saisie.niveau_preuve}),
            "contacts": [contact.model_dump(mode="json") for contact in saisie.contacts],
            **hours(saisie, "#"),
        },
        modalites={
            modalite.genre: _modalite(modalite, f"#/modalites/{n}")
            for n, modalite in enumerate(saisie.modalites)
        },
        lieu={
            **{name: getattr(saisie, name) for name in LIEU_SAISI},
            "code_commune": place.code_commune,
            "code_arrondissement": place.code_arrondissement,
            "territoire": place.territoire,
        },
        naf=_naf(saisie),
    )


def _modalite(modalite: ModaliteSaisie, pointer: str) -> Columns:
    zone = None
    if modalite.zone is not None:
        zone = zones.normalised(modalite.zone, f"{pointer}/zone").model_dump(mode="json")
    return {
        **{name: getattr(modalite, name) for name in CONDITIONS},
        **hours(modalite, pointer),
        "zone": zone,
    }


def hours(saisie: HorairesSaisis, pointer: str) -> Columns:
    """The columns of some hours, written in one way and in the other."""
    horaires = saisie.horaires
    if saisie.horaires_osm is not None:
        try:
            horaires = of_osm(saisie.horaires_osm)
        except Illisible as error:
            raise InvalidBody.at(
                f"{pointer}/horaires_osm",
                f"Ces horaires n'ont pas été compris : {error}. Écrits dans `horaires_texte`, ils "
                "seront montrés tels quels.",
            ) from error
    elif horaires is not None and not _open_some_day(horaires):
        raise InvalidBody.at(
            f"{pointer}/horaires",
            "Ces horaires n'ouvrent plus jamais ; si c'est voulu, dites `jamais`.",
        )
    return {
        "horaires": None if horaires is None else as_kept(horaires),
        "horaires_osm": None if horaires is None else horaires_osm.to_osm(horaires),
        "horaires_texte": saisie.horaires_texte or None,
    }


def of_osm(text: str) -> Horaires:
    """The hours that a text gives, if they open some day or say that they never do."""
    found = horaires_osm.from_osm(text)
    if not _open_some_day(found):
        raise Illisible(horaires_osm.JAMAIS)
    return found


def _open_some_day(horaires: Horaires) -> bool:
    """Asked of what is written, not of what is kept: exceptions pass."""
    return horaires.jamais or ouvrira(horaires, datetime.now(PARIS).date())


def as_kept(horaires: Horaires) -> dict[str, Any]:
    """Equal hours give equal JSON: what is by default is left out."""
    return horaires.model_dump(mode="json", exclude_defaults=True)


def _check_place(saisie: FicheSaisie) -> Lieu:
    """Where the position is; it must agree with the postcode, or be near its communes."""
    found = territoire.locate(saisie.lon, saisie.lat)
    if found is None:
        raise InvalidBody.at("#/lon", "Cette position est hors de la Métropole du Grand Paris.")
    communes = territoire.communes_of_postcode(saisie.code_postal)
    near = any(
        territoire.within(commune.code, saisie.lon, saisie.lat, TOLERANCE_M) for commune in communes
    )
    if not near:
        raise InvalidBody.at(
            "#/code_postal",
            f"La position n'est dans aucune commune desservie par {saisie.code_postal}.",
        )
    return found


def _naf(saisie: FicheSaisie) -> CodesNaf:
    try:
        return sort_codes(saisie.naf)
    except ValueError as error:
        raise InvalidBody.at("#/naf", str(error)) from error
