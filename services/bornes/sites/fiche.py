"""A deployment site as the public contract shows it on a given day."""

from collections.abc import Sequence
from datetime import date
from typing import Any, TypeVar

from services.bornes.models import EvenementSite, SiteDeploiement
from services.bornes.programmes import commune_today
from services.bornes.sites.queries import as_site
from services.bornes.sites.regles import ETATS, Situation, situation
from shared import territoire
from shared.schemas.bornes_sites import Evenement, PdcParBande, SiteDetail, SiteResume
from shared.schemas.geo import Feature, Point

P = TypeVar("P", bound=SiteResume)
_PLANNED = (
    "programme",
    "prefixe",
    "nom",
    "adresse",
    "code_commune",
    "places",
    "publics",
    "domaine",
    "gamme",
    "origine",
)
_TOLD = (
    "statut",
    "date_reelle",
    "date_prevue",
    "preuve",
    "bornes",
    "station",
    "commentaire",
    "auteur",
    "instant",
)


def resume(row: SiteDeploiement, state: Situation) -> Feature[SiteResume]:
    return _feature(row, SiteResume(**_summary(row, state)))


def detail(
    row: SiteDeploiement, events: Sequence[EvenementSite], today: date
) -> Feature[SiteDetail]:
    """The site today, with all that happened to it."""
    state = situation(as_site(row, events), today)
    assert state is not None, "a site is identified as soon as it is declared"
    history = [_event(event) for event in events]
    return _feature(row, SiteDetail(**_summary(row, state), evenements=history))


def _feature(row: SiteDeploiement, properties: P) -> Feature[P]:
    point = Point(coordinates=(row.lon, row.lat))
    return Feature(id=str(row.id), geometry=point, properties=properties)


def _event(event: EvenementSite) -> Evenement:
    pdc = None if event.pdc is None else PdcParBande.of(event.pdc)
    return Evenement(**{name: getattr(event, name) for name in _TOLD}, pdc=pdc)


def _summary(row: SiteDeploiement, state: Situation) -> dict[str, Any]:
    return {
        **{name: getattr(row, name) for name in _PLANNED},
        "ept": territory(commune_today(row.code_commune)),
        "vue": state.vue,
        "statut": state.statut,
        "statut_libelle": ETATS[state.statut].libelle,
        "depuis": state.depuis,
        "mise_en_service_prevue": state.mise_en_service_prevue,
        "glissement_jours": state.glissement_jours,
        "pdc": PdcParBande.of(list(state.pdc)),
        "points_de_charge": sum(state.pdc),
        "bornes": state.bornes,
        "station": state.station,
    }


def territory(commune: str | None) -> str:
    """T1 … T12 of a commune."""
    found = territoire.resolve(commune) if commune else None
    return found.commune.territoire if found else ""
