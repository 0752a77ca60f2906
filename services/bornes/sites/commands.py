"""Writes of the sites of the deployment: declared, then one event after another."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from services.bornes import programmes
from services.bornes.insee import TOLERANCE_M
from services.bornes.models import EvenementSite, SiteDeploiement
from services.bornes.sites.queries import as_site
from services.bornes.sites.regles import ETATS, Site, reachable, situation
from shared import clock, territoire
from shared.problems import Conflict, InvalidBody
from shared.schemas.bornes_sites import EtatSite, EvenementNouveau, Preuve, SiteNouveau


def declare_site(session: Session, nouveau: SiteNouveau, *, auteur: str) -> SiteDeploiement:
    """A site to come, identified; it must stand in its programme's perimeter."""
    identifie_le = nouveau.identifie_le or clock.today(session)
    _check_past(identifie_le, clock.today(session), "#/identifie_le")
    _check_place(nouveau)
    _check_bornes(nouveau.bornes, nouveau.pdc.values(), "#/bornes")
    columns = nouveau.model_dump(exclude={"identifie_le", "pdc"})
    row = SiteDeploiement(**columns, pdc=nouveau.pdc.values(), auteur=auteur)
    session.add(row)
    session.flush()
    session.add(
        EvenementSite(
            site_id=row.id,
            statut=EtatSite.IDENTIFIE,
            date_reelle=identifie_le,
            preuve=Preuve.DECLARATION,
            auteur=auteur,
        )
    )
    session.flush()
    return row


def _check_place(nouveau: SiteNouveau) -> None:
    programme = programmes.find(nouveau.programme)
    if programme is None:
        raise InvalidBody.at(
            "#/programme", f"Aucun programme ne porte le code {nouveau.programme}."
        )
    commune = programmes.commune_today(nouveau.code_commune)
    if commune is None or commune not in programmes.communes_today(programme.code):
        detail = f"La commune {nouveau.code_commune} n'est pas dans le périmètre du programme."
        raise InvalidBody.at("#/code_commune", detail)
    if not territoire.within(commune, nouveau.lon, nouveau.lat, TOLERANCE_M):
        detail = (
            f"La position est à plus de {TOLERANCE_M:.0f} mètres de la commune "
            f"{nouveau.code_commune}."
        )
        raise InvalidBody.at("#/lon", detail)


def record_event(
    session: Session,
    row: SiteDeploiement,
    events: Sequence[EvenementSite],
    nouveau: EvenementNouveau,
    *,
    auteur: str,
) -> None:
    """Add to the history of a site that this transaction has locked."""
    known = [fait for fait in as_site(row, events).faits if fait.date_reelle is not None]
    current = known[-1]
    allowed = (
        reachable(current.statut) if nouveau.date_reelle is None else ETATS[current.statut].suivants
    )
    if nouveau.statut not in allowed:
        labels = ", ".join(etat for etat in EtatSite if etat in allowed) or "aucun"
        raise Conflict(
            f"Un site « {ETATS[current.statut].libelle} » ne peut pas passer à "
            f"« {ETATS[nouveau.statut].libelle} ». États possibles : {labels}."
        )
    if nouveau.date_reelle is not None:
        _check_past(nouveau.date_reelle, clock.today(session), "#/date_reelle")
        if current.date_reelle is not None and nouveau.date_reelle < current.date_reelle:
            detail = (
                f"Le dernier état date du {current.date_reelle} : celui-ci ne peut le précéder."
            )
            raise InvalidBody.at("#/date_reelle", detail)
    _check_equipment(as_site(row, events), nouveau, clock.today(session))
    session.add(
        EvenementSite(
            site_id=row.id,
            pdc=nouveau.pdc and nouveau.pdc.values(),
            auteur=auteur,
            **nouveau.model_dump(exclude={"pdc"}),
        )
    )
    session.flush()


def _check_equipment(site: Site, nouveau: EvenementNouveau, today: date) -> None:
    """What an event says of the equipment, with what it leaves as it was."""
    before = situation(site, today)
    if before is None or (nouveau.bornes is None and nouveau.pdc is None):
        return
    bornes = before.bornes if nouveau.bornes is None else nouveau.bornes
    pdc = before.pdc if nouveau.pdc is None else nouveau.pdc.values()
    _check_bornes(bornes, pdc, "#/pdc" if nouveau.bornes is None else "#/bornes")


def _check_bornes(bornes: int | None, pdc: Sequence[int], pointer: str) -> None:
    """The target is in bornes: more of them than points would be believed."""
    if bornes is not None and bornes > sum(pdc):
        detail = (
            f"Une borne porte au moins un point de charge : {bornes} bornes ne peuvent pas en "
            f"avoir {sum(pdc)}."
        )
        raise InvalidBody.at(pointer, detail)


def _check_past(day: date, today: date, pointer: str) -> None:
    if day > today:
        raise InvalidBody.at(pointer, "Cette date est à venir.")
