"""Proposes pairs of listings that may be one shop, and does what an agent decides of them."""

from typing import Any, Final

import orjson
from sqlalchemy import delete, or_, select, text, update
from sqlalchemy.orm import Session

from services.commerces import commands
from services.commerces import queries as lectures
from services.commerces.commands import Auteur
from services.commerces.contribution.models import Inscription, Proposition, Titulaire
from services.commerces.contribution.regles import EN_COURS
from services.commerces.doublons import queries
from services.commerces.doublons.regles import paires
from services.commerces.models import Doublon, Fiche, ModaliteFiche, Provenance
from services.commerces.signalements import commands as signalements
from shared import clock
from shared.conditional import etag, require_match
from shared.problems import Conflict, InvalidBody
from shared.schemas.commerces_contribution import GenreProposition
from shared.schemas.commerces_doublons import DecisionDoublon, EtatDoublon
from shared.schemas.commerces_gestion import CONTACTS_MAX
from shared.schemas.commerces_valeurs import StatutFiche

_UPSERT: Final = text(
    """
    WITH trouvees AS (
        SELECT * FROM jsonb_to_recordset(CAST(:paires AS jsonb))
            AS p (fiche_a int, fiche_b int, score float, raisons jsonb)
    ), oubliees AS (
        DELETE FROM commerces.doublons AS d
        WHERE d.etat = 'propose' AND NOT EXISTS (
            SELECT FROM trouvees AS p WHERE p.fiche_a = d.fiche_a AND p.fiche_b = d.fiche_b
        )
    )
    INSERT INTO commerces.doublons (fiche_a, fiche_b, score, raisons, etat)
    SELECT fiche_a, fiche_b, score, raisons, 'propose' FROM trouvees
    ON CONFLICT (fiche_a, fiche_b) DO UPDATE
    SET score = excluded.score, raisons = excluded.raisons, version = doublons.version + 1
    WHERE doublons.etat = 'propose' AND doublons.raisons <> excluded.raisons
    """
)
"""What an agent decided is remembered: only proposals come and go."""


def chercher(session: Session) -> int:
    """Propose today's pairs; how many wait for a decision."""
    found = [pair._asdict() for pair in paires(queries.candidats(session))]
    queries.hold_pairs(session)
    session.execute(_UPSERT, {"paires": orjson.dumps(found).decode()})
    return queries.count_proposed(session)


def version(doublon: Doublon) -> str:
    """The strong ETag of a pair."""
    return etag("doublon", doublon.id, doublon.version)


def decide(
    session: Session,
    doublon: Doublon,
    decision: DecisionDoublon,
    *,
    auteur: Auteur,
    if_match: str | None,
) -> None:
    """Remember that two listings are two shops, or make one of them."""
    require_match(if_match, version(doublon))
    if doublon.etat == EtatDoublon.FUSION:
        raise Conflict("Ces deux fiches sont déjà fusionnées.")
    if decision.decision is EtatDoublon.FUSION:
        _merge(session, doublon, decision, auteur)
    doublon.etat, doublon.motif = decision.decision, decision.motif
    doublon.decide_par, doublon.decide_le = auteur.organisation, clock.now(session)
    doublon.version += 1
    session.flush()


def erase(session: Session, fiche_id: int) -> None:
    """Forget what agents wrote of the pairs of a listing that is erased."""
    pairs = or_(Doublon.fiche_a == fiche_id, Doublon.fiche_b == fiche_id)
    session.execute(update(Doublon).where(pairs).values(motif=None))


def _merge(session: Session, doublon: Doublon, decision: DecisionDoublon, auteur: Auteur) -> None:
    pair = (doublon.fiche_a, doublon.fiche_b)
    if decision.garde not in pair:
        detail = f"La fiche gardée est l'une des deux : {pair[0]} ou {pair[1]}."
        raise InvalidBody.at("#/garde", detail)
    rows = {fiche.id: fiche for fiche in lectures.lock_fiches(session, pair)}
    kept = rows.pop(decision.garde)
    (other,) = rows.values()
    if StatutFiche.ARCHIVEE in {kept.statut, other.statut}:
        raise Conflict("Une fiche archivée ne se fusionne pas.")
    _complete(kept, other)
    other.statut, other.fusionnee_dans = StatutFiche.ARCHIVEE, kept.id
    other.motif_statut = f"Fusionnée avec la fiche {kept.id}"
    session.execute(
        update(Provenance)
        .where(Provenance.fiche_id == other.id)
        .values(fiche_id=kept.id, fusionnee=True)
    )
    concerned = or_(Doublon.fiche_a == other.id, Doublon.fiche_b == other.id)
    session.execute(
        delete(Doublon).where(concerned, Doublon.etat == "propose", Doublon.id != doublon.id)
    )
    _move_holders(session, other, kept)
    signalements.move(session, other.id, kept.id, auteur=auteur.organisation)
    commands.record_change(session, other, "fiche.fusionnee", auteur)
    commands.record_change(session, kept, "fiche.modifiee", auteur)


def _move_holders(session: Session, other: Fiche, kept: Fiche) -> None:
    """Who answers for a listing, or asks to, does so for the one that it is now part of."""
    session.execute(
        update(Titulaire)
        .where(Titulaire.fiche_id == other.id, Titulaire.ecarte_le.is_(None))
        .values(fiche_id=kept.id)
    )
    session.execute(
        update(Inscription).where(Inscription.fiche_id == other.id).values(fiche_id=kept.id)
    )
    waiting = select(Proposition).where(
        Proposition.fiche_id == other.id, Proposition.etat.in_(sorted(EN_COURS))
    )
    for row in session.scalars(waiting.order_by(Proposition.id)).all():
        row.fiche, row.version = kept, row.version + 1
        if row.genre == GenreProposition.INSCRIPTION:
            # The shop is already here: what is left to decide is whether it is its holder's.
            row.genre = GenreProposition.REVENDICATION
    kept.niveau_preuve = max(kept.niveau_preuve, other.niveau_preuve)


def _complete(kept: Fiche, other: Fiche) -> None:
    """What the listing kept does not say, the other one says."""
    own = {modalite.genre for modalite in kept.modalites}
    kept.modalites = [
        *kept.modalites,
        *(_copy(modalite) for modalite in other.modalites if modalite.genre not in own),
    ]
    values = {contact["valeur"] for contact in kept.contacts}
    more = [contact for contact in other.contacts if contact["valeur"] not in values]
    kept.contacts = [*kept.contacts, *more][:CONTACTS_MAX]
    taken = {contact["valeur"] for contact in kept.contacts}
    # What its holder kept from the public has no place in a copy that nobody answers for.
    other.contacts = [one for one in other.contacts if one["public"] or one["valeur"] not in taken]
    kept.description = kept.description or other.description
    kept.exploitation.siret = kept.exploitation.siret or other.exploitation.siret
    if kept.horaires is None and kept.horaires_texte is None:
        kept.horaires, kept.horaires_osm = other.horaires, other.horaires_osm
        kept.horaires_texte = other.horaires_texte


def _copy(modalite: ModaliteFiche) -> ModaliteFiche:
    columns: dict[str, Any] = {
        column.key: getattr(modalite, column.key)
        for column in ModaliteFiche.__mapper__.column_attrs
        if column.key != "fiche_id"
    }
    return ModaliteFiche(**columns)
