"""Public contract of the registry under OGC API Features."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from shared.schemas.bornes import Criteres, Implantation, Nom, PointDeCharge
from shared.schemas.commun import split_values
from shared.schemas.ogc import RechercheObjets

_SAME: dict[str, str] = {
    "implantation_station": "implantation",
    "station_deux_roues": "deux_roues",
}
"""Properties that filter under their own name, and the criterion that says the same."""


class RechercheStationsOgc(Criteres, RechercheObjets):
    """Stations ; les propriétés des objets filtrent sous leur nom, avec les autres critères."""

    nom_operateur: Annotated[
        Nom | None, Field(description="Nom de l'opérateur, sans égard à la casse ni aux accents.")
    ] = None
    nom_enseigne: Annotated[
        Nom | None, Field(description="Enseigne, sans égard à la casse ni aux accents.")
    ] = None
    implantation_station: Annotated[
        list[Implantation] | None,
        Field(max_length=5, description="Implantation."),
        BeforeValidator(split_values),
    ] = None
    station_deux_roues: Annotated[
        bool | None, Field(description="Station réservée aux deux-roues.")
    ] = None

    @field_validator(*_SAME)
    @classmethod
    def _said_once(cls, value: Any, info: ValidationInfo) -> Any:
        other = _SAME[str(info.field_name)]
        if value is not None and info.data.get(other) is not None:
            raise ValueError(f"{other} demande déjà cela")
        return value

    def criteres(self) -> Criteres:
        """The same question in the words of the other searches."""
        asked = self.model_dump(include=set(Criteres.model_fields), exclude_unset=True)
        for name, other in _SAME.items():
            if getattr(self, name) is not None:
                asked[other] = getattr(self, name)
        return Criteres.model_validate(asked)


class RecherchePointsOgc(RechercheStationsOgc):
    """Points de charge : ceux qui répondent eux-mêmes aux critères, dans ces stations."""

    puissance_nominale: Annotated[
        float | None, Field(ge=0, le=4000, description="Puissance nominale exacte, en kW.")
    ] = None


class PointAvecStation(PointDeCharge):
    """Un point de charge, avec ce qu'il faut savoir de sa station."""

    station: str
    """Identifiant de la station dans le registre."""
    id_station_itinerance: str
    """Identifiant de la station, tel que publié."""
    nom_station: str
    """Nom de la station."""
    nom_enseigne: str
    """Enseigne commerciale du réseau."""
    nom_operateur: str | None
    """Nom de l'opérateur ; nul s'il n'est pas dit."""
    adresse_station: str
    """Adresse de la station."""
    code_insee_commune: str | None
    """Code INSEE ; celui de l'arrondissement à Paris."""
    commune: str | None
    """Nom de la commune."""
    implantation_station: Implantation
    station_deux_roues: bool
    """Réservée aux deux-roues."""
    horaires: str
    """Horaires d'ouverture, au format `opening_hours` d'OpenStreetMap."""
