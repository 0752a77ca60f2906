"""Propositions and a holder's own data as the public contract shows them."""

from collections.abc import Sequence
from typing import Any

from services.commerces.contribution import regles
from services.commerces.contribution.ecarts import fields
from services.commerces.contribution.models import Proposition, Titulaire
from services.commerces.contribution.saisies import current
from services.commerces.fiche_geree import feature
from services.commerces.models import Fiche
from shared.schemas.commerces_contribution import (
    Ecart,
    EtapeProposition,
    MaFiche,
    PropositionADecider,
    PropositionSuivie,
)

_SHOWN = ("id", "fiche_id", "genre", "etat", "appliques", "version_fiche", "cree_le")
_TOLD = ("etat", "auteur", "texte", "instant")


def followed(row: Proposition) -> PropositionSuivie:
    """For who asked it."""
    return PropositionSuivie(**_shown(row))


def to_decide(row: Proposition, same_siret: Sequence[int]) -> PropositionADecider:
    """For the agents of the place."""
    lieu = row.fiche.exploitation.lieu
    titulaire = row.titulaire
    return PropositionADecider(
        **_shown(row),
        nom=row.fiche.nom,
        code_commune=lieu.code_arrondissement or lieu.code_commune,
        courriel=titulaire.courriel,
        niveau=titulaire.niveau,
        reconnu=titulaire.accepte_le is not None,
        siret=titulaire.siret,
        memes_siret=list(same_siret),
    )


def mine(fiche: Fiche, titulaire: Titulaire) -> MaFiche:
    """The listing of its holder."""
    reconnu = titulaire.accepte_le is not None
    return MaFiche(
        niveau=titulaire.niveau,
        reconnu=reconnu,
        sans_attendre=regles.free_fields(titulaire.niveau, reconnu=reconnu),
        saisie=current(fiche),
        fiche=feature(fiche),
    )


def _shown(row: Proposition) -> dict[str, Any]:
    return {
        **{name: getattr(row, name) for name in _SHOWN},
        "ecarts": _ecarts(row),
        "etapes": [
            EtapeProposition(**{name: getattr(one, name) for name in _TOLD})
            for one in row.evenements
        ],
    }


def _ecarts(row: Proposition) -> list[Ecart]:
    now: dict[str, Any] = fields(current(row.fiche)) if row.apres else {}
    now[regles.FERMETURE] = False
    return [
        Ecart(
            champ=champ,
            avant=row.avant[champ],
            apres=apres,
            actuel=now.get(champ),
            change_depuis=now.get(champ) not in (row.avant[champ], apres),
        )
        for champ, apres in row.apres.items()
    ]
