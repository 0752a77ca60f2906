"""Public contract of the changes of the registry."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from shared.schemas.bornes import CriteresLieu, StationFiche
from shared.schemas.bornes_statuts import EtatPdc, OccupationPdc
from shared.schemas.changements import NatureChangement, PageChangements
from shared.schemas.commun import Instant, split_values
from shared.schemas.geo import Bbox, Feature
from shared.schemas.modeles import ABSENT, Reponse


class NaturePoint(StrEnum):
    """Ce qui est arrivé à un point de charge d'une station."""

    CREATION = "creation"
    MODIFICATION = "modification"
    RETRAIT = "retrait"
    ARRIVEE = "arrivee"
    """Il était à une autre station."""
    DEPART = "depart"
    """Il est désormais à une autre station : il n'est pas retiré."""


class ChangementPoint(Reponse):
    """Un point de charge touché par le changement de sa station."""

    id: str
    """Identifiant du point de charge dans le registre."""
    nature: NaturePoint
    motif: Annotated[str | None, ABSENT] = None
    """Pourquoi il est retiré."""


class Changement(Reponse):
    """Une station créée, modifiée ou retirée, et ses points de charge touchés.

    `station` est la station, sans l'état de ses points, telle qu'elle est à la lecture, au moins
    aussi récente que le changement ; `null` quand elle n'est plus en service : son retrait vient
    alors plus loin, s'il n'est pas ce changement. Garder la dernière valeur de chaque `id`, et
    oublier ceux dont elle est `null`, redonne exactement le registre.
    """

    curseur: str = Field(description="Juste après ce changement.")
    instant: Instant
    objet: Literal["station"]
    """Ce qui a changé : toujours `station`."""
    id: str
    """Identifiant de la station dans le registre."""
    nature: NatureChangement
    champs: list[str] = Field(
        description="Colonnes IRVE qui ont changé ; `points_de_charge` quand la liste a changé."
    )
    motif: str | None = Field(description="Pourquoi la station est retirée.")
    points_de_charge: list[ChangementPoint]
    station: Feature[StationFiche] | None
    """La station telle qu'elle est à la lecture ; nulle si elle n'est plus en service."""


class Changements(PageChangements):
    """Une page de changements du registre."""

    elements: list[Changement]


class GenreEvenement(StrEnum):
    """Les événements du flux."""

    CHANGEMENT = "changement"
    STATUT = "statut"


class StatutFlux(Reponse):
    """Un point de charge qui change d'état ; redire le même état n'est pas un événement."""

    id: str
    """Identifiant du point de charge dans le registre."""
    station: str = Field(description="Identifiant de sa station dans le registre.")
    etat_pdc: EtatPdc
    occupation_pdc: OccupationPdc
    horodatage: Instant


class RechercheFlux(CriteresLieu):
    """Ce qu'un client veut suivre, et à partir d'où."""

    depuis: Annotated[
        str | None,
        Field(
            max_length=2048,
            description="Un `id:` du flux ou un curseur de `/changements`, pour qui ne peut pas "
            "envoyer `Last-Event-ID` ; absent : à partir de maintenant.",
        ),
    ] = None
    genre: Annotated[
        list[GenreEvenement] | None,
        Field(max_length=len(GenreEvenement), description="Genres d'événements ; tous, sinon."),
        BeforeValidator(split_values),
    ] = None
    bbox: Annotated[
        Bbox | None,
        Field(
            description="lon_min,lat_min,lon_max,lat_max, degrés WGS 84.",
            examples=["2.30,48.84,2.36,48.87"],
        ),
    ] = None
