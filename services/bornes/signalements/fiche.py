"""A report as the public contract shows it: to everyone, or to who handles it."""

from collections.abc import Sequence

from services.bornes.signalements.queries import Connu, Station, Suite
from shared.schemas.bornes_signalements import (
    CommentaireRecu,
    EtatSignalement,
    EvenementSignalement,
    Signalement,
    SignalementSuivi,
    StationSignalee,
)
from shared.schemas.geo import Feature, Point

_SHOWN = ("id", "motif", "etat", "nombre", "premier_le", "dernier_le", "commentaire")
_TOLD = ("etat", "cause", "raison", "auteur", "instant")


def public(known: Connu) -> Signalement:
    return Signalement(**_shown(known))


def followed(known: Connu, suite: Suite, *, moderates: bool) -> SignalementSuivi:
    """With its history; what people wrote is for its moderators alone."""
    row = known.signalement
    received = suite.commentaires if moderates else ()
    return SignalementSuivi(
        **_shown(known),
        nom_station=known.nom_station,
        adresse_station=known.adresse_station,
        nom_operateur=known.nom_operateur,
        code_commune=known.arrondissement or known.commune,
        fini_le=row.fini_le,
        cause=row.cause,
        commentaires=[
            CommentaireRecu(texte=recu.commentaire, recu_le=recu.recu_le) for recu in received
        ],
        evenements=[
            EvenementSignalement(**{name: getattr(event, name) for name in _TOLD})
            for event in suite.evenements
        ],
    )


def station(place: Station, reports: Sequence[Connu]) -> Feature[StationSignalee]:
    detail = [public(known) for known in reports]
    confirmed = sum(one.etat is EtatSignalement.CONFIRME for one in detail)
    return Feature(
        id=place.id,
        geometry=Point(coordinates=(place.lon, place.lat)),
        properties=StationSignalee(
            nom_station=place.nom, signalements=len(detail), confirmes=confirmed, detail=detail
        ),
    )


def _shown(known: Connu) -> dict[str, object]:
    row = known.signalement
    return {
        **{name: getattr(row, name) for name in _SHOWN},
        "id_pdc_itinerance": row.point_id,
        "id_station_itinerance": known.station,
    }
