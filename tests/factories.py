"""Makes what tests need: IRVE rows and files, and reads what became of them."""

import csv
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from io import BytesIO, StringIO
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.bornes.commands import import_avitaillement, import_irve
from services.bornes.irve import NOMS
from services.bornes.models import PointDeCharge
from shared.schemas.bornes_imports import ConstatImport, Import, OptionsImport

ROW: Mapping[str, str] = {
    "nom_amenageur": "Ville d'essai",
    "siren_amenageur": "217500016",
    "contact_amenageur": "amenageur@exemple.fr",
    "nom_operateur": "Opérateur d'essai",
    "contact_operateur": "operateur@exemple.fr",
    "telephone_operateur": "+33 1 23 45 67 89",
    "nom_enseigne": "Réseau d'essai",
    "id_station_itinerance": "FRXXXP1",
    "id_station_local": "",
    "nom_station": "Hôtel de Ville",
    "implantation_station": "Voirie",
    "adresse_station": "Place de l'Hôtel de Ville 75004 Paris",
    "code_insee_commune": "75104",
    "coordonneesXY": "[2.3522,48.8566]",
    "nbre_pdc": "1",
    "id_pdc_itinerance": "FRXXXE1",
    "id_pdc_local": "",
    "puissance_nominale": "22",
    "prise_type_ef": "false",
    "prise_type_2": "true",
    "prise_type_combo_ccs": "false",
    "prise_type_chademo": "false",
    "prise_type_autre": "false",
    "gratuit": "",
    "paiement_acte": "true",
    "paiement_cb": "",
    "paiement_autre": "",
    "tarification": "",
    "condition_acces": "Accès libre",
    "reservation": "false",
    "horaires": "24/7",
    "accessibilite_pmr": "Accessibilité inconnue",
    "restriction_gabarit": "Aucune",
    "station_deux_roues": "false",
    "raccordement": "Direct",
    "num_pdl": "",
    "date_mise_en_service": "2021-07-01",
    "observations": "",
    "date_maj": "2024-01-31",
    "cable_t2_attache": "",
}
"""A row without any finding."""


SITE: Final[dict[str, Any]] = {
    "programme": "AIP-2019",
    "prefixe": "FRMGP",
    "nom": "Avenue du Roule",
    "adresse": "1 avenue du Roule 92200 Neuilly-sur-Seine",
    "code_commune": "92051",
    "lon": 2.2688,
    "lat": 48.8848,
    "pdc": {"0-7.4": 4, "7.4-22": 2},
    "places": 6,
    "publics": ["artisans", "particuliers"],
    "identifie_le": "2021-03-01",
}
"""A site to come, as its operator declares it."""


def irve_row(number: int = 1, /, **cells: str) -> dict[str, str]:
    """A flawless row, but for `cells`; each number is another point of the same station."""
    return {**ROW, "id_pdc_itinerance": f"FRXXXE{number}", **cells}


def irve_station(count: int, /, station: str = "FRXXXP1", **cells: str) -> list[dict[str, str]]:
    """A station whose declared number of points is right."""
    return [
        irve_row(
            id_station_itinerance=station,
            id_pdc_itinerance=f"{station.replace('P', 'E', 1)}{number:02}",
            nbre_pdc=str(count),
            **cells,
        )
        for number in range(count)
    ]


def irve_csv(
    rows: Iterable[Mapping[str, str]],
    *,
    columns: Iterable[str] = NOMS,
    delimiter: str = ",",
    encoding: str = "utf-8",
) -> bytes:
    buffer = StringIO()
    writer = csv.DictWriter(
        buffer, list(columns), delimiter=delimiter, extrasaction="ignore", restval=""
    )
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue().encode(encoding)


POINT: Mapping[str, str] = {
    "nom_amenageur": "Ville d'essai",
    "siren_amenageur": "217500016",
    "nom_operateur": "Énergies d'essai",
    "contact_operateur": "contact@exemple.fr",
    "telephone_operateur": "+33199001234",
    "nom_enseigne": "H2 Essai",
    "id_station": "FRAVI-1",
    "nom_station": "Porte d'essai",
    "adresse_station": "Place de l'Hôtel de Ville 75004 Paris",
    "code_insee_commune": "75104",
    "coordonneesXY": "[2.3522,48.8566]",
    "condition_acces": "Accès libre",
    "horaires": "24/7",
    "accessibilite_pmr": "Accessibilité inconnue",
    "restriction_gabarit": "Aucune",
    "type_vehicule": "M1,N1",
    "paiement_acte": "true",
    "paiement_cb": "true",
    "date_mise_en_service": "2024-03-01",
    "observations": "",
    "id_point": "FRAVI-1-700",
    "energie": "H2",
    "pression_bar": "700",
    "connecteur": "H70",
    "debit_kg_min": "3.6",
    "capacite_kg_jour": "1000",
    "part_renouvelable_pct": "100",
    "etat_point": "en_service",
    "horodatage_etat": "2026-01-31T08:00:00Z",
    "prix_kg": "14.900",
    "horodatage_prix": "2026-01-31T07:00:00Z",
    "date_maj": "2026-01-31",
}
"""A refuelling point without any finding."""


def point(number: int = 1, /, **cells: str) -> dict[str, str]:
    """A flawless refuelling point, but for `cells`; each number is another station."""
    return {**POINT, "id_station": f"FRAVI-{number}", "id_point": f"FRAVI-{number}-700", **cells}


def point_csv(rows: Iterable[Mapping[str, str]], **form: Any) -> bytes:
    return irve_csv(rows, **{"columns": POINT, **form})


def take_irve(
    session: Session,
    rows: Iterable[Mapping[str, str]] | bytes,
    producteur: str = "essai",
    **given: Any,
) -> Import:
    """Import rows, or a whole file, as a producer's: `given` is what an import is asked, or how."""
    content = rows if isinstance(rows, bytes) else irve_csv(rows)
    return _taken(import_irve, session, content, producteur, **given)


def take_points(
    session: Session,
    rows: Iterable[Mapping[str, str]] | bytes,
    producteur: str = "essai",
    **given: Any,
) -> Import:
    """The same of refuelling points."""
    content = rows if isinstance(rows, bytes) else point_csv(rows)
    return _taken(import_avitaillement, session, content, producteur, **given)


def _taken(
    importer: Callable[..., Import],
    session: Session,
    content: bytes,
    producteur: str,
    *,
    acteur: str = "testeur",
    prefixes: Collection[str] | None = None,
    vers: Callable[[Iterator[ConstatImport]], object] | None = None,
    **options: Any,
) -> Import:
    return importer(
        session,
        BytesIO(content),
        nom="essai.csv",
        producteur=producteur,
        acteur=acteur,
        prefixes=prefixes,
        options=OptionsImport(**options),
        vers=vers,
    )


def codes(found: Import) -> dict[str, int]:
    """How often each code was found by an import."""
    return {code.code: code.nombre for code in found.bilan.codes}


def living(session: Session) -> set[str]:
    """Ids of the points in service."""
    return set(session.scalars(select(PointDeCharge.id).where(PointDeCharge.retire_le.is_(None))))
