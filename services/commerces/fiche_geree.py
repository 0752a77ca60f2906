"""A listing as those who manage it see it: published or not, private contacts included."""

from decimal import Decimal
from typing import Any

from services.commerces import taxonomie
from services.commerces.colonnes import DESCRIPTION, HORAIRES
from services.commerces.fiches import MODALITES, nom_commune
from services.commerces.models import Fiche, ModaliteFiche
from shared.schemas.commerces import ModaliteDetail
from shared.schemas.commerces_gestion import FicheGeree
from shared.schemas.commerces_valeurs import GenreContact, Modalite
from shared.schemas.commun import PARIS
from shared.schemas.geo import Feature, Point

_FICHE = (
    *DESCRIPTION,
    "contacts",
    *HORAIRES,
    "niveau_preuve",
    "verifie_par",
    "source",
    "licence",
    "statut",
    "motif_statut",
    "fusionnee_dans",
    "version",
    "cree_le",
    "modifie_le",
)
_EXPLOITATION = ("siret", "enseigne", "naf_rev2", "naf_2025", "du", "au")
_LIEU = ("adresse", "complement", "code_postal", "cle_ban")
_MODALITE = tuple(ModaliteDetail.model_fields)


def feature(fiche: Fiche) -> Feature[FicheGeree]:
    exploitation = fiche.exploitation
    lieu = exploitation.lieu
    modalites = sorted(
        fiche.modalites, key=lambda modalite: MODALITES.index(Modalite(modalite.genre))
    )
    found = FicheGeree.model_validate(
        {
            **{name: getattr(fiche, name) for name in _FICHE},
            **{name: getattr(exploitation, name) for name in _EXPLOITATION},
            **{name: getattr(lieu, name) for name in _LIEU},
            "categorie": taxonomie.categories()[fiche.categories[0]].nom,
            "commune": nom_commune(lieu.code_commune),
            "code_commune": lieu.code_insee,
            "ept": lieu.territoire,
            "verifie_le": fiche.verifie_le.astimezone(PARIS).date(),
            "modalites": [modalite.genre for modalite in modalites],
            "modalites_detail": [_modalite(modalite) for modalite in modalites],
            **{genre: _first(fiche, genre) for genre in ("telephone", "site", "commande")},
        }
    )
    point = Point(coordinates=(lieu.lon, lieu.lat))
    return Feature(id=str(fiche.id), geometry=point, properties=found)


def _modalite(modalite: ModaliteFiche) -> dict[str, Any]:
    found = {name: getattr(modalite, name) for name in _MODALITE}
    return {name: _amount(value) for name, value in found.items()}


def _amount(value: Any) -> Any:
    return format(value, ".2f") if isinstance(value, Decimal) else value


def _first(fiche: Fiche, genre: str) -> str | None:
    """The contact that the public sees first."""
    wanted = GenreContact(genre)
    public = (contact for contact in fiche.contacts if contact["public"])
    return next((contact["valeur"] for contact in public if contact["genre"] == wanted), None)
