"""What ends a request to be a holder, or any other that its author withdraws, undecided."""

from typing import Final

from sqlalchemy.orm import Session

from services.commerces import commands as annuaire
from services.commerces.commands import Auteur
from services.commerces.contribution import queries, regles
from services.commerces.contribution.commands import COMMERCANT, pass_to, version
from services.commerces.contribution.models import Proposition
from shared import clock
from shared.conditional import require_match
from shared.schemas.commerces_contribution import EtatProposition, GenreProposition
from shared.schemas.commerces_valeurs import StatutFiche

RETIREE: Final = "Inscription retirée par qui l'avait demandée"


def withdraw(session: Session, row: Proposition, *, if_match: str | None) -> None:
    """A request that this transaction has locked waits no more; what was changed at once stays.

    Who only asked to be a holder is none then, and asks nothing else.
    """
    require_match(if_match, version(row))
    regles.check_waiting(EtatProposition(row.etat))
    withdrawn = [row]
    if row.genre in regles.OUVRENT and row.titulaire.accepte_le is None:
        withdrawn = list(queries.under_way(session, row.titulaire_id))
        turn_away(session, row, auteur=COMMERCANT, motif=RETIREE)
    for one in withdrawn:
        pass_to(session, one, EtatProposition.RETIREE, auteur=COMMERCANT.organisation)


def turn_away(session: Session, row: Proposition, *, auteur: Auteur, motif: str) -> None:
    """Who asked to be a holder is none: its tokens open its own data alone, until forgotten."""
    row.titulaire.ecarte_le = clock.now(session)
    waiting = row.fiche.statut == StatutFiche.EN_ATTENTE
    if row.genre == GenreProposition.INSCRIPTION and waiting:
        untouched = row.version_fiche == row.fiche.version
        annuaire.change_status(session, row.fiche, StatutFiche.BROUILLON, motif, auteur=auteur)
        if untouched:  # all that it says is still this merchant's own, to be read again
            row.version_fiche = row.fiche.version
