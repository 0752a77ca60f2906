"""Propositions and a holder's own data as the public contract shows them."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.commerces.contribution import regles
from services.commerces.contribution.ecarts import (
    CONTACTS,
    Ecarts,
    completed,
    fields,
    public_only,
    unread,
)
from services.commerces.contribution.models import Proposition, Titulaire
from services.commerces.contribution.saisies import current
from services.commerces.fiche_geree import feature
from services.commerces.models import Fiche
from shared.schemas.commerces_contribution import (
    Ecart,
    EtapeProposition,
    EtatProposition,
    GenreProposition,
    MaFiche,
    PropositionADecider,
    PropositionSuivie,
)
from shared.schemas.commerces_gestion import FicheGeree
from shared.schemas.commerces_valeurs import StatutFiche
from shared.schemas.geo import Feature

_SHOWN = ("id", "fiche_id", "genre", "etat", "appliques", "version_fiche", "cree_le")
_OF_STEP = ("etat", "auteur", "texte", "instant")


def followed(row: Proposition, *, whole: bool) -> PropositionSuivie:
    """For who asked it; `whole` when it may read what of the listing is private."""
    return PropositionSuivie(**_shown(row), ecarts=_told(row, whole=whole))


def to_decide(row: Proposition, *, same_siret: Sequence[int], others: int) -> PropositionADecider:
    """For the agents of the place; `others` answer for the listing too."""
    lieu = row.fiche.exploitation.lieu
    titulaire = row.titulaire
    return PropositionADecider(
        **_shown(row),
        ecarts=_declared(row) if row.genre == GenreProposition.INSCRIPTION else _to_judge(row),
        nom=row.fiche.nom,
        code_commune=lieu.code_insee,
        courriel=titulaire.courriel,
        niveau=titulaire.niveau,
        reconnu=titulaire.accepte_le is not None and titulaire.ecarte_le is None,
        autres_titulaires=others,
        siret=titulaire.siret,
        memes_siret=list(same_siret),
    )


def mine(fiche: Fiche, titulaire: Titulaire, *, whole: bool) -> MaFiche:
    """The listing of its holder; `whole` when it may read what is private of it."""
    reconnu = titulaire.accepte_le is not None
    return MaFiche(
        niveau=titulaire.niveau,
        reconnu=reconnu,
        sans_attendre=regles.free_fields(titulaire.niveau, reconnu=reconnu),
        saisie=current(fiche) if whole else public_only(current(fiche)),
        fiche=own_feature(fiche, whole=whole),
    )


def own_feature(fiche: Fiche, *, whole: bool) -> Feature[FicheGeree]:
    """A listing for its holder: what is private, agents' words included, only when `whole`."""
    found = feature(fiche)
    if whole:
        return found
    public = [one for one in found.properties.contacts if one.public]
    hidden = {"contacts": public, "motif_statut": None}
    return found.model_copy(update={"properties": found.properties.model_copy(update=hidden)})


def _shown(row: Proposition) -> dict[str, Any]:
    return {
        **{name: getattr(row, name) for name in _SHOWN},
        "etapes": [
            EtapeProposition(**{name: getattr(one, name) for name in _OF_STEP})
            for one in row.evenements
        ],
    }


def _told(row: Proposition, *, whole: bool) -> list[Ecart]:
    """What changes, for who asked it."""
    avant, now = row.avant, _now(row)
    if not whole:
        now = public_only(now)
        avant = public_only(avant) if CONTACTS in avant else avant
    return _ecarts(Ecarts(avant, row.apres), row.apres, now)


def _declared(row: Proposition) -> list[Ecart]:
    """All that a new listing says, for who decides whether it is published."""
    if row.etat not in regles.EN_COURS | {EtatProposition.REFUSEE}:
        return []
    changed = row.version_fiche != row.fiche.version
    return [
        Ecart(champ=champ, avant=None, apres=value, actuel=value, change_depuis=changed)
        for champ, value in fields(current(row.fiche)).items()
        if value not in (None, [])
    ]


def _to_judge(row: Proposition) -> list[Ecart]:
    """What changes, for who decides: as it would be done."""
    now = _now(row)
    return _ecarts(Ecarts(row.avant, row.apres), completed(Ecarts(row.avant, row.apres), now), now)


def _now(row: Proposition) -> Mapping[str, Any]:
    closed = row.fiche.statut == StatutFiche.FERMEE
    return {**fields(current(row.fiche)), regles.FERMETURE: closed}


def _ecarts(asked: Ecarts, done: Mapping[str, Any], now: Mapping[str, Any]) -> list[Ecart]:
    hidden = unread(asked, now)
    seen = {**now, CONTACTS: [one for one in now[CONTACTS] if one not in hidden]}
    return [
        Ecart(
            champ=champ,
            avant=asked.avant[champ],
            apres=done[champ],
            actuel=now.get(champ),
            change_depuis=seen.get(champ) not in (asked.avant[champ], apres),
        )
        for champ, apres in asked.apres.items()
    ]
