"""Every change of the directory: its rows and its journal entry in one transaction."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from services.commerces import queries, statuts
from services.commerces.changements import REPARAIT
from services.commerces.models import JOURNAL, Exploitation, Fiche, Lieu, ModaliteFiche
from services.commerces.saisie import FicheVerifiee, verify
from shared import anonymat, clock, journal
from shared.conditional import etag
from shared.problems import Conflict
from shared.schemas.commerces_gestion import FicheSaisie
from shared.schemas.commerces_valeurs import StatutFiche, VerifiePar
from shared.territoire.mesures import metres_apart

DEMENAGEMENT_M: Final = 100.0
"""A position that changes by more is not a correction: the shop moved."""


@dataclass(frozen=True, slots=True)
class Auteur:
    """Who writes, and in what capacity."""

    organisation: str
    qualite: VerifiePar


def version(fiche: Fiche) -> str:
    """The strong ETag of a listing as its managers see it."""
    return etag("fiche", fiche.id, fiche.version)


def create(session: Session, saisie: FicheSaisie, *, auteur: Auteur) -> Fiche:
    """A listing to come: a draft until it is published."""
    checked = verify(saisie)
    exploitation = Exploitation(lieu=Lieu(**checked.lieu), du=saisie.du)
    _identify(exploitation, saisie, checked)
    fiche = Fiche(exploitation=exploitation, statut=StatutFiche.BROUILLON)
    _describe(session, fiche, saisie, checked, auteur=auteur)
    session.add(fiche)
    session.flush()
    _journal(session, fiche, "fiche.creee", auteur)
    return fiche


def replace(session: Session, fiche: Fiche, saisie: FicheSaisie, *, auteur: Auteur) -> None:
    """The whole of a listing that this transaction has locked, anew.

    A takeover or a move ends one establishment and begins another. Nothing is written any more of
    an archived listing, which may have been at its merchant's request.
    """
    if fiche.statut == StatutFiche.ARCHIVEE:
        raise Conflict("Cette fiche est archivée : c'est la fin. Ce qui revient est une autre.")
    checked = verify(saisie)
    exploitation = fiche.exploitation
    if _is_other(exploitation, saisie):
        if _taken_over(exploitation, saisie):
            fiche.niveau_preuve = 0  # what was proved was of another
        fiche.exploitation = exploitation = _next(session, fiche, saisie, checked)
    elif saisie.du is not None:
        exploitation.du = saisie.du
    _set(exploitation.lieu, dict(checked.lieu))
    _identify(exploitation, saisie, checked)
    _describe(session, fiche, saisie, checked, auteur=auteur)
    record_change(session, fiche, "fiche.modifiee", auteur)


def change_status(
    session: Session,
    fiche: Fiche,
    statut: StatutFiche,
    motif: str | None = None,
    *,
    auteur: Auteur,
) -> None:
    """Another status, and its reason, for a listing that this transaction has locked."""
    statuts.check(StatutFiche(fiche.statut), statut)
    # Put away before anyone saw it: the public is told nothing of it.
    unseen = statut is StatutFiche.ARCHIVEE and fiche.statut in statuts.JAMAIS_VUES
    published = statut is StatutFiche.PUBLIEE
    if published and fiche.verifie_le <= clock.now(session) - timedelta(days=statuts.MASQUAGE):
        _verified(session, fiche, auteur)  # else the next pass would hide it
    to_open = fiche.statut == StatutFiche.FERMEE and _is_to_open(fiche.exploitation)
    fiche.statut = statut
    fiche.motif_statut = anonymat.masquer(motif or "") or None
    if statut is StatutFiche.FERMEE:
        fiche.exploitation.au = clock.today(session)
    elif published:
        if to_open:
            fiche.exploitation.du = clock.today(session)
        fiche.exploitation.au = None
    record_change(session, fiche, "fiche.ecartee" if unseen else "fiche.statut", auteur)


def _next(
    session: Session, fiche: Fiche, saisie: FicheSaisie, checked: FicheVerifiee
) -> Exploitation:
    """The establishment that follows that of a listing, which ends.

    A closed one has ended already, and the next opens when the listing is published again. One that
    nobody saw yet was only misplaced: what was said of where it stands is not kept.
    """
    former, moved = fiche.exploitation, _moved(fiche.exploitation, saisie)
    place = Lieu(**checked.lieu) if moved else former.lieu
    if fiche.statut not in {StatutFiche.FERMEE, *statuts.JAMAIS_VUES}:
        first = saisie.du or clock.today(session)
        former.au = first - timedelta(days=1)
        former.successeur = Exploitation(lieu=place, du=first)
        return former.successeur
    if fiche.statut == StatutFiche.FERMEE and not _is_to_open(former):
        former.successeur = Exploitation(lieu=place, du=saisie.du)
        return former.successeur
    if moved and queries.shares_premises(session, former):
        former.lieu = place
    former.du = saisie.du or former.du
    return former


def _is_to_open(exploitation: Exploitation) -> bool:
    """Of a closed listing: whether its establishment is one to come, not the one that closed."""
    return exploitation.du is None and exploitation.au is None


def _is_other(exploitation: Exploitation, saisie: FicheSaisie) -> bool:
    return _taken_over(exploitation, saisie) or _moved(exploitation, saisie)


def _taken_over(exploitation: Exploitation, saisie: FicheSaisie) -> bool:
    known = None not in {exploitation.siret, saisie.siret}
    return known and exploitation.siret != saisie.siret


def _moved(exploitation: Exploitation, saisie: FicheSaisie) -> bool:
    lieu = exploitation.lieu
    return metres_apart((lieu.lon, lieu.lat), (saisie.lon, saisie.lat)) > DEMENAGEMENT_M


def _identify(exploitation: Exploitation, saisie: FicheSaisie, checked: FicheVerifiee) -> None:
    exploitation.siret, exploitation.enseigne = saisie.siret, saisie.enseigne
    exploitation.naf_rev2, exploitation.naf_2025 = checked.naf


def _describe(
    session: Session, fiche: Fiche, saisie: FicheSaisie, checked: FicheVerifiee, *, auteur: Auteur
) -> None:
    """Columns of the listing and of its modalities, confirmed now by who writes them."""
    confirmed: dict[str, Any] = {
        "verifie_le": clock.now(session),
        "verifie_par": auteur.qualite,
        "source": saisie.source or auteur.organisation,
    }
    _set(fiche, {**checked.fiche, **confirmed})
    known = {modalite.genre: modalite for modalite in fiche.modalites}
    fiche.modalites = [
        _set(known.get(genre) or ModaliteFiche(genre=genre), {**columns, **confirmed})
        for genre, columns in checked.modalites.items()
    ]


def _set(row: Any, columns: dict[str, Any]) -> Any:
    for name, value in columns.items():
        setattr(row, name, value)
    return row


def confirm(session: Session, fiche: Fiche, *, auteur: Auteur) -> None:
    """All that a listing says is still true; one hidden for want of this comes back."""
    statuts.check_living(StatutFiche(fiche.statut))
    _verified(session, fiche, auteur)
    hidden = fiche.statut == StatutFiche.SUSPENDUE
    if back := hidden and fiche.motif_statut == statuts.NON_CONFIRMEE:
        fiche.statut, fiche.motif_statut = StatutFiche.PUBLIEE, None
    record_change(session, fiche, "fiche.confirmee", auteur, **{REPARAIT: True} if back else {})


def _verified(session: Session, fiche: Fiche, auteur: Auteur) -> None:
    rows: list[Fiche | ModaliteFiche] = [fiche, *fiche.modalites]
    now = clock.now(session)
    for row in rows:
        row.verifie_le, row.verifie_par = now, auteur.qualite


def record_change(session: Session, fiche: Fiche, genre: str, auteur: Auteur, **more: bool) -> None:
    """A listing's next version, and its entry in the journal; `more` is for its body."""
    fiche.version += 1
    fiche.modifie_le = clock.now(session)
    session.flush()
    _journal(session, fiche, genre, auteur, **more)


def _journal(session: Session, fiche: Fiche, genre: str, auteur: Auteur, **more: bool) -> None:
    # Why it has this status is an agent's text: it stays where it can be erased.
    body = {"statut": fiche.statut, "version": fiche.version, **more}
    journal.append(session, JOURNAL, [(genre, str(fiche.id), auteur.organisation, body)])


_TURNED = text(
    """
    WITH tournees AS (
        UPDATE commerces.modalites AS m SET annoncee_le = :today
        FROM commerces.fiches AS f
        WHERE f.id = m.fiche_id AND f.statut = 'publiee'
          AND ((m.du > m.annoncee_le AND m.du <= :today)
            OR (m.au >= m.annoncee_le AND m.au < :today))
        RETURNING m.fiche_id
    )
    SELECT DISTINCT fiche_id FROM tournees ORDER BY fiche_id
    """
)


def journal_offers_of_today(session: Session, today: date | None = None) -> int:
    """One entry for each listing of which a modality began or ended since the last time.

    Answers are kept until something changes; the day that passes changes these.
    """
    day = today or clock.today(session)
    ids = session.scalars(_TURNED, {"today": day}).all()
    body = {"jour": day.isoformat()}
    journal.append(session, JOURNAL, [("fiche.offre", str(one), "calendrier", body) for one in ids])
    return len(ids)
