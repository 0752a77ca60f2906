"""A programme as a SDIRVE 0.1.0 file (schema.data.gouv.fr): one row a commune of its perimeter."""

from collections.abc import Iterator
from datetime import date

from services.bornes import programmes
from services.bornes.bandes import BANDES_KW
from services.bornes.deploiement.presences import Presence
from services.bornes.deploiement.releve import Au, Releve
from shared.schemas.bornes_sites import VueSite
from shared.transfers.spreadsheets import ecrire

NOM = "sdirve.csv"
_BANDS = range(1, len(BANDES_KW) + 1)
_USES = ("residentiel", "professionnel", "occasionnel_transit")
_USAGE = (
    "existant_nb_moyen_recharges",
    "existant_duree_moyenne_recharges",
    "existant_taux_disponibilite_moyen",
)
_VEHICLES = (
    "estimation_vehicules_particuliers_electriques",
    "estimation_vehicules_particuliers_hybrides_rechargeables",
)
SANS_DONNEE = (*_USAGE, *_VEHICLES)
"""Required columns that the registry cannot fill; the schema leaves no way to say so but 0."""
COLONNES = (
    "date_realisation_diagnostic",
    "date_adoption_sdirve",
    "date_objectifs",
    "code_commune_insee",
    "code_iris_insee",
    *(f"existant_nb_pdc_intervalle_{band}" for band in _BANDS),
    *_USAGE,
    *(f"evaluation_developpement_nb_pdc_intervalle_{band}" for band in _BANDS),
    *_VEHICLES,
    *(f"objectifs_nb_pdc_intervalle_{band}" for band in _BANDS),
    "objectifs_nb_total_stations",
    *(f"objectifs_nb_pdc_usage_{use}_intervalle_{band}" for band in _BANDS for use in _USES),
    "url_sdirve",
)
_TO_COME = (VueSite.PROJETE, VueSite.EN_TRAVAUX)


def sdirve(releve: Releve, *, adopte_le: date, echeance: date, url: str) -> Iterator[str]:
    """The file by pieces; targets are what exists and what the sites add to it.

    A site whose station is already among what exists adds nothing.
    """
    dates = {
        "date_realisation_diagnostic": releve.au.isoformat(),
        "date_adoption_sdirve": adopte_le.isoformat(),
        "date_objectifs": echeance.isoformat(),
        "url_sdirve": url,
    }
    there: dict[str, list[Presence]] = {code: [] for code in releve.perimetre}
    for presence in releve.inside(retained=False):
        if presence.commune and presence.is_there(releve.au):
            there[presence.commune].append(presence)
    existing = {presence.station for points in there.values() for presence in points}
    to_come: dict[str, list[Au]] = {code: [] for code in releve.perimetre}
    for one in releve.sites_on(releve.au):
        code = programmes.commune_today(one.site.commune)
        state = one.situation
        if code in to_come and state.vue in _TO_COME and state.station not in existing:
            to_come[code].append(one)
    rows = (_row(code, there[code], to_come[code]) | dates for code in sorted(there))
    return ecrire(COLONNES, ([row.get(column, "") for column in COLONNES] for row in rows))


def _row(code: str, there: list[Presence], to_come: list[Au]) -> dict[str, str]:
    existing = [0] * len(BANDES_KW)
    for presence in there:
        existing[presence.bande] += 1
    coming = [sum(pdc) for pdc in zip(*(one.situation.pdc for one in to_come), strict=True)]
    coming = coming or [0] * len(BANDES_KW)
    stations = len({presence.station for presence in there}) + len(to_come)
    row = dict.fromkeys(SANS_DONNEE, "0")
    row |= {"code_commune_insee": code, "objectifs_nb_total_stations": str(stations)}
    for band, (now, later) in enumerate(zip(existing, coming, strict=True), 1):
        row[f"existant_nb_pdc_intervalle_{band}"] = str(now)
        row[f"evaluation_developpement_nb_pdc_intervalle_{band}"] = str(later)
        row[f"objectifs_nb_pdc_intervalle_{band}"] = str(now + later)
    return row
