"""Public contract of the registry's files."""

from pydantic import ConfigDict

from shared.schemas.bornes import Implantation, PointDeCharge
from shared.schemas.modeles import of_standard


class LigneIrve(PointDeCharge):
    """Une ligne d'IRVE statique 2.3.1 : un point de charge, et ce qu'elle dit de sa station."""

    model_config = ConfigDict(
        json_schema_extra=of_standard(
            "IRVE statique 2.3.1", "https://schema.data.gouv.fr/etalab/schema-irve-statique"
        )
    )

    nom_amenageur: str | None
    siren_amenageur: str | None
    contact_amenageur: str | None
    nom_operateur: str | None
    contact_operateur: str
    telephone_operateur: str | None
    nom_enseigne: str
    id_station_itinerance: str
    id_station_local: str | None
    nom_station: str
    implantation_station: Implantation
    adresse_station: str
    code_insee_commune: str | None
    coordonneesXY: str
    nbre_pdc: int
    horaires: str
    station_deux_roues: bool
    raccordement: str | None
    num_pdl: str | None
