"""Writes of the registry: imports of producers' files."""

from collections.abc import Collection
from functools import partial
from typing import Any, BinaryIO, TextIO, cast

import psycopg
from sqlalchemy import delete, text
from sqlalchemy.orm import Session

from services.bornes import irve
from services.bornes.avitaillement import commands as avitaillement
from services.bornes.avitaillement import schema
from services.bornes.cellules import CODES
from services.bornes.exports.rapport import en_csv, rapport
from services.bornes.imports import comptes, registre, sql
from services.bornes.imports.fichier import Fichier, ouvrir
from services.bornes.imports.prise import Envoi, Prise
from services.bornes.models import ImportAnomalie, ImportFichier
from shared import files, imports
from shared.conditional import etag
from shared.files import FichierRefuse
from shared.schemas.bornes_imports import (
    Bilan,
    Import,
    OptionsImport,
    SchemaDonnees,
)
from shared.schemas.imports import BilanCode, BilanLignes, EtatImport

Cursor = psycopg.Cursor[Any]
DEFAULTS = OptionsImport()


def importer(
    session: Session,
    fichier: BinaryIO,
    *,
    schema_donnees: SchemaDonnees,
    nom: str,
    producteur: str,
    acteur: str,
    options: OptionsImport = DEFAULTS,
    prefixes: Collection[str] | None = None,
    vers: TextIO | None = None,
) -> Import:
    """Take a producer's file in this transaction: all its good rows, or none.

    `fichier` is seekable and may be gzip. `vers` receives the report as CSV, even of a dry run.
    `prefixes` are the identifiers the sender answers for: it may take over another producer's
    point under these only (None: under any).
    """
    with session.begin_nested() as undoable:
        recu = ImportFichier(
            schema_donnees=schema_donnees,
            producteur=producteur,
            nom=nom,
            acteur=acteur,
            options=options.model_dump(),
        )
        imports.register(session, recu, fichier)
        seuil = options.seuil_perte
        bilan = _process(session, recu, fichier, acteur=acteur, seuil=seuil, prefixes=prefixes)
        if vers is not None:
            vers.writelines(en_csv(rapport(session, recu.id)))
        if options.essai:
            found = resource(recu).model_copy(update={"id": None, "etat": EtatImport.ESSAI})
            undoable.rollback()
            return found
        imports.drop_waiting(session, recu, "schema_donnees", "producteur")
        if bilan.barriere.franchie:
            imports.hold(recu, fichier)
    return resource(recu)


import_irve = partial(importer, schema_donnees=SchemaDonnees.IRVE_STATIQUE)
import_avitaillement = partial(importer, schema_donnees=SchemaDonnees.AVITAILLEMENT)


def confirmer(
    session: Session,
    import_id: int,
    *,
    acteur: str,
    if_match: str | None,
    prefixes: Collection[str] | None = None,
) -> Import:
    """Apply a held import, whatever it makes disappear."""
    # The same order of locks as an import's: the other would be a deadlock.
    session.execute(text(sql.VERROU))
    recu = _waiting(session, import_id, if_match)
    session.execute(delete(ImportAnomalie).where(ImportAnomalie.import_id == recu.id))
    content = imports.content(recu)
    _process(session, recu, content, acteur=acteur, seuil=None, prefixes=prefixes)
    imports.settle(recu, EtatImport.ACCEPTE)
    session.flush()
    return resource(recu)


def abandonner(session: Session, import_id: int, *, if_match: str | None) -> Import:
    """Drop a held import: the last accepted version stays public."""
    recu = _waiting(session, import_id, if_match)
    imports.settle(recu, EtatImport.ABANDONNE)
    session.flush()
    return resource(recu)


def version(recu: ImportFichier | Import) -> str:
    """The ETag of an import: only its state ever changes."""
    return etag("import", recu.id, recu.etat)


def resource(recu: ImportFichier) -> Import:
    """An import as the contract shows it."""
    return Import.model_validate(recu, from_attributes=True)


def _waiting(session: Session, import_id: int, if_match: str | None) -> ImportFichier:
    return imports.waiting(session, ImportFichier, import_id, version=version, if_match=if_match)


def _process(
    session: Session,
    recu: ImportFichier,
    flux: BinaryIO,
    *,
    acteur: str,
    seuil: float | None,
    prefixes: Collection[str] | None,
) -> Bilan:
    """Load, compare, then apply unless the gate closes (`seuil` None: no gate)."""
    cursor = cast("Cursor", session.connection().connection.cursor())
    options = OptionsImport.model_validate(recu.options)
    envoi = Envoi(
        import_id=recu.id,
        producteur=recu.producteur,
        acteur=acteur,
        prefixes=prefixes,
        seuil=seuil,
        hors_perimetre=options.hors_perimetre,
    )
    try:
        if recu.schema_donnees == SchemaDonnees.AVITAILLEMENT:
            fichier = ouvrir(flux, schema.SCHEMA)
            prise = avitaillement.prendre(session, cursor, fichier, envoi)
        else:
            fichier = ouvrir(flux, irve.SCHEMA)
            prise = registre.prendre(cursor, fichier, envoi)
    except FichierRefuse as refus:
        raise files.refusal(refus) from refus
    codes = cursor.execute(comptes.EXEMPLES, {"import_id": recu.id})
    bilan = _bilan(fichier, prise, imports.counted(codes, CODES))
    recu.bilan = bilan.model_dump()
    session.flush()
    return bilan


def _bilan(fichier: Fichier, prise: Prise, codes: list[BilanCode]) -> Bilan:
    statuts = {"accepte": 0, "repare": 0, "rejete": 0, "doublon": 0, **prise.lignes}
    return Bilan(
        encodage=fichier.encodage,
        separateur=fichier.separateur,
        colonnes_ignorees=list(fichier.ignorees),
        colonnes_ajoutees=list(fichier.ajoutees),
        lignes=BilanLignes(lues=sum(statuts.values()), **statuts),
        points=prise.points,
        stations=prise.stations,
        barriere=prise.barriere,
        codes=codes,
    )
