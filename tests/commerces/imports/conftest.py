"""Files of shops imported in a session that is undone, and the listings they leave."""

import io
import json
from datetime import date

import orjson
import pytest
from sqlalchemy import select

from services.commerces.commands import Auteur
from services.commerces.fiche_geree import feature
from services.commerces.imports.commands import Expediteur, importer
from services.commerces.imports.copie import LUES
from services.commerces.imports.fichier import Enregistrement
from services.commerces.imports.lignes import Lecteur
from services.commerces.models import Fiche
from shared.schemas.commerces_imports import OptionsImportCommerces
from shared.schemas.commerces_valeurs import VerifiePar

CCI = Expediteur("cci")
AGENT = Auteur("cci", VerifiePar.CCI)
SHOP = {
    "nom": "Fromagerie d'essai",
    "adresse": "1 rue de la Fontaine",
    "code_postal": "94440",
    "position": "48.7375,2.5553",
    "categories": "Fromagerie",
    "modalites": "Livraisons à domicile",
}
"""A line of a file."""


def lire(values, **options):
    """What is kept of a line, by column, and what was said of it."""
    lecteur = Lecteur(frozenset(values), date(2026, 11, 25), **options)
    copied = lecteur.lire(Enregistrement(2, values)).replace(r"\\", "\\")
    row = dict(zip(LUES, copied.split("\t"), strict=True))
    return row, orjson.loads(row["constats"])


def done(found):
    """Listings created, changed, suspended by an import."""
    fiches = found.bilan.fiches
    return fiches.creees, fiches.modifiees, fiches.suspendues


def codes(found):
    """How often each code was found by an import."""
    return {one.code: one.nombre for one in found.bilan.codes}


@pytest.fixture
def take(session):
    """Import shops, by default as the whole list of the CCI."""

    def take(*shops, source="cci", expediteur=CCI, content=None, **options):
        return importer(
            session,
            io.BytesIO(content or json.dumps(shops).encode()),
            nom="commerces.json",
            source=source,
            expediteur=expediteur,
            options=OptionsImportCommerces(**{"seuil_perte": 1, **options}),
        )

    return take


@pytest.fixture
def shown(session):
    """The listings as those who manage them see them, by name."""

    def shown():
        session.expire_all()
        fiches = session.scalars(select(Fiche).order_by(Fiche.id)).all()
        return {fiche.nom: (fiche, feature(fiche).properties) for fiche in fiches}

    return shown
