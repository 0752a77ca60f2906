"""Writes of the registry: imports of producers' files."""

from collections.abc import Callable, Collection, Iterator
from functools import partial
from typing import Any, BinaryIO, cast

import psycopg
from sqlalchemy import delete, text
from sqlalchemy.orm import Session

from services.bornes import irve
from services.bornes.attendus import attendu
from services.bornes.avitaillement import commands as avitaillement
from services.bornes.avitaillement import schema
from services.bornes.cellules import CODES
from services.bornes.exports.rapport import rapport
from services.bornes.imports import comptes, registre, sql
from services.bornes.imports.fichier import Fichier, ouvrir
from services.bornes.imports.prise import Envoi, Prise
from services.bornes.models import ImportAnomalie, ImportFichier
from shared.conditional import etag
from shared.schemas.bornes_imports import (
    Bilan,
    ConstatImport,
    Import,
    OptionsImport,
    SchemaDonnees,
)
from shared.schemas.imports import BilanCode, BilanLignes, EtatImport
from shared.transfers import files, imports
from shared.transfers.files import FichierRefuse

Cursor = psycopg.Cursor[Any]
DEFAULTS = OptionsImport()
LOT = 20
"""Old reports forgotten at a time."""


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
    vers: Callable[[Iterator[ConstatImport]], object] | None = None,
) -> Import:
    """Take a producer's file in this transaction: all its good rows, or none.

    `fichier` is seekable and may be gzip. `vers` takes the report, finding by finding, even of a
    dry run. `prefixes` are the identifiers the sender answers for: it may take over another
    producer's point under these only (None: under any).
    """
    with session.begin_nested() as undoable:
        recu = ImportFichier(
            schema_donnees=schema_donnees,
            producteur=producteur,
            nom=nom,
            acteur=acteur,
            options=options.model_dump(),
            prefixes=None if prefixes is None else sorted(prefixes),
        )
        imports.register(session, recu, fichier)
        seuil = options.seuil_perte
        bilan = _process(session, recu, fichier, acteur=acteur, seuil=seuil)
        if vers is not None:
            vers(rapport(session, recu.id))
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
) -> Import:
    """Apply a held import, whatever it makes disappear: it takes what its sender could."""
    # The same order of locks as an import's: the other would be a deadlock.
    session.execute(text(sql.VERROU))
    recu = imports.waiting(session, ImportFichier, import_id, version=version, if_match=if_match)
    session.execute(delete(ImportAnomalie).where(ImportAnomalie.import_id == recu.id))
    content = imports.content(recu)
    _process(session, recu, content, acteur=acteur, seuil=None)
    imports.settle(recu, EtatImport.ACCEPTE)
    session.flush()
    return resource(recu)


def abandonner(session: Session, import_id: int, *, if_match: str | None) -> Import:
    """Drop a held import: the last accepted version stays public."""
    return resource(
        imports.abandon(session, ImportFichier, import_id, version=version, if_match=if_match)
    )


_OLD_REPORTS = text(
    """
    SELECT id FROM bornes.imports AS i
    WHERE instant < now() - make_interval(days => :days) AND etat <> 'en_attente'
      AND EXISTS (SELECT FROM bornes.import_anomalies WHERE import_id = i.id)
      AND id NOT IN (
          SELECT max(id) FROM bornes.imports WHERE etat = 'accepte'
          GROUP BY schema_donnees, producteur
      )
    ORDER BY id LIMIT :lot FOR UPDATE SKIP LOCKED
    """
)
_FORGET = text(
    """
    UPDATE bornes.imports SET bilan = bilan || jsonb_build_object('oublie_le', now())
    WHERE id = ANY(:ids)
    """
)


def forget_reports(session: Session, *, days: int) -> int:
    """Erase the findings of old imports, a lot of them at most; how many imports.

    A file a night brings thousands of findings, the same ones most times: their counts stay. The
    last accepted file of a producer keeps its own, which tell of what is public.
    """
    old = list(session.scalars(_OLD_REPORTS, {"days": days, "lot": LOT}))
    if old:
        session.execute(delete(ImportAnomalie).where(ImportAnomalie.import_id.in_(old)))
        session.execute(_FORGET, {"ids": old})
    return len(old)


def version(recu: ImportFichier | Import) -> str:
    """The ETag of an import: its state may change, and its report be forgotten."""
    forgotten = Bilan.model_validate(recu.bilan).oublie_le is not None
    return etag("import", recu.id, recu.etat, *(["oublie"] if forgotten else []))


def resource(recu: ImportFichier) -> Import:
    """An import as the contract shows it."""
    return Import.model_validate(recu, from_attributes=True)


def _process(
    session: Session,
    recu: ImportFichier,
    flux: BinaryIO,
    *,
    acteur: str,
    seuil: float | None,
) -> Bilan:
    """Load, compare, then apply unless the gate closes (`seuil` None: no gate)."""
    cursor = cast("Cursor", session.connection().connection.cursor())
    options = OptionsImport.model_validate(recu.options)
    envoi = Envoi(
        import_id=recu.id,
        producteur=recu.producteur,
        acteur=acteur,
        prefixes=recu.prefixes,
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
    bilan = _bilan(fichier, prise, imports.counted(codes, CODES, attendu))
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
