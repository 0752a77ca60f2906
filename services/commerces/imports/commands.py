"""Takes a file of shops: all its good lines in one transaction, or none."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, BinaryIO, Final, cast

import psycopg
from sqlalchemy import delete, text
from sqlalchemy.orm import Session

from services.commerces.contribution import textes
from services.commerces.courrier import commands as courrier
from services.commerces.imports import reconnaissance, retraits, sql
from services.commerces.imports.bilan import bilan_of
from services.commerces.imports.chargement import charger
from services.commerces.imports.constats import CODES, ERREURS
from services.commerces.imports.fichier import Fichier, ouvrir
from services.commerces.imports.lignes import Lecteur
from services.commerces.imports.queries import closed_holders, last_edition, report
from services.commerces.models import TRAVAUX, Fiche, ImportFichier, ImportLigne
from services.commerces.statuts import MASQUAGE
from services.commerces.titulaires import commands as titulaires
from shared import clock
from shared.conditional import etag
from shared.due_work import schedule
from shared.problems import Conflict, Forbidden, InvalidBody, InvalidParameter
from shared.schemas.commerces_imports import (
    BilanCommerces,
    ImportCommerces,
    LigneRapport,
    OptionsImportCommerces,
)
from shared.schemas.commerces_valeurs import Modalite, VerifiePar
from shared.schemas.commun import PARIS
from shared.schemas.imports import EtatImport
from shared.transfers import files, imports
from shared.transfers.files import FichierRefuse

Cursor = psycopg.Cursor[Any]
DEFAULTS: Final = OptionsImportCommerces()
ESSAI_MAX: Final = 1_000
"""Lines of a dry run's report in its answer."""
DOUBLONS: Final = "doublons.apres_import"
"""Work that follows an import: see `taches`."""
BEAUCOUP: Final = 500
"""Listings written by one import beyond which the next must not wait for PostgreSQL to count."""
ERREURS_MAX: Final = 20
"""Rejected lines that a refusal of the whole file names."""


@dataclass(frozen=True, slots=True)
class Expediteur:
    """Who sends a file, and where it may write."""

    organisation: str
    sol: Collection[str] | None = None
    """Communes and arrondissements it answers for; None for all."""


def importer(
    session: Session,
    fichier: BinaryIO,
    *,
    nom: str,
    source: str,
    expediteur: Expediteur,
    options: OptionsImportCommerces = DEFAULTS,
    vers: Callable[[Iterator[LigneRapport]], object] | None = None,
) -> ImportCommerces:
    """Take a source's file in this transaction; `vers` receives its report, even of a dry run.

    `fichier` is seekable and may be gzip.
    """
    with session.begin_nested() as undoable:
        recu = ImportFichier(
            source=source,
            nom=nom,
            acteur=expediteur.organisation,
            options=options.model_dump(mode="json"),
        )
        imports.register(session, recu, fichier)
        bilan = _process(session, recu, fichier, expediteur, seuil=options.seuil_perte)
        if vers is not None:
            vers(report(session, recu.id))
        if options.essai:
            rapport = list(report(session, recu.id, limit=ESSAI_MAX, remarkable=True))
            essai = {"id": None, "etat": EtatImport.ESSAI, "rapport": rapport}
            found = resource(recu).model_copy(update=essai)
            undoable.rollback()
            return found
        imports.drop_waiting(session, recu, "source")
        if bilan.barriere.franchie:
            imports.hold(recu, fichier)
        else:
            schedule(session, TRAVAUX, DOUBLONS, cle=DOUBLONS)
    return resource(recu)


def confirmer(
    session: Session, import_id: int, *, expediteur: Expediteur, if_match: str | None
) -> ImportCommerces:
    """Apply a held import, whatever it makes disappear."""
    # The same order of locks as an import's: the other would be a deadlock.
    session.execute(text(sql.VERROU))
    recu = imports.waiting(session, ImportFichier, import_id, version=version, if_match=if_match)
    session.execute(delete(ImportLigne).where(ImportLigne.import_id == recu.id))
    _process(session, recu, imports.content(recu), expediteur, seuil=None)
    imports.settle(recu, EtatImport.ACCEPTE)
    schedule(session, TRAVAUX, DOUBLONS, cle=DOUBLONS)
    session.flush()
    return resource(recu)


def abandonner(session: Session, import_id: int, *, if_match: str | None) -> ImportCommerces:
    """Drop a held import: listings stay what they are."""
    return resource(
        imports.abandon(session, ImportFichier, import_id, version=version, if_match=if_match)
    )


def version(recu: ImportFichier | ImportCommerces) -> str:
    """The ETag of an import: its state changes, then what it received is forgotten."""
    bilan = BilanCommerces.model_validate(recu.bilan)
    return etag("import", recu.id, recu.etat, bilan.oublie_le)


def resource(recu: ImportFichier) -> ImportCommerces:
    """An import as the contract shows it."""
    return ImportCommerces.model_validate(recu, from_attributes=True)


_STEPS: Final = (
    *retraits.METTRE_A_PART,
    *reconnaissance.EXAMINER,
    *retraits.RECONNAITRE,
    sql.CHANGEMENTS,
    sql.COMPTER_CHANGEMENTS,
    sql.TENUES,
    sql.RETIREES,
)
"""All that is found before anything public moves."""


def _process(
    session: Session,
    recu: ImportFichier,
    flux: BinaryIO,
    expediteur: Expediteur,
    *,
    seuil: float | None,
) -> BilanCommerces:
    """Load, compare, then apply unless the gate closes (`seuil` None: no gate)."""
    cursor = cast("Cursor", session.connection().connection.cursor())
    options = OptionsImportCommerces.model_validate(recu.options)
    today = clock.today(session)
    if options.edition is not None and options.edition > today:
        raise InvalidParameter("edition", "Cette date est à venir.")
    try:
        fichier = ouvrir(flux)
        _check_sender(fichier, expediteur)
        charger(cursor, fichier, _lecteur(fichier, options, expediteur, today))
    except FichierRefuse as refus:
        raise files.refusal(refus) from refus
    if options.strict:
        _refuse_any(cursor)
    parameters = _parameters(session, recu, fichier, options, today)
    cursor.execute(sql.VERROU)
    _refuse_older(session, recu, options)
    for step in _STEPS:
        cursor.execute(step, parameters)
    connus, perdus = cursor.execute(sql.BARRIERE, parameters).fetchone() or (0, 0)
    barriere = imports.gate(connus, perdus, seuil)
    if not barriere.franchie:
        cursor.execute(sql.TENIR)
        taken_over = cursor.execute(sql.REPRISES, parameters).fetchall()
        _apply(cursor, parameters)
        _part(session, taken_over, auteur=recu.acteur)
        _tell_closed(session)
    cursor.execute(sql.RAPPORTER, parameters | {"garder": not barriere.franchie})
    bilan = bilan_of(cursor, fichier, barriere, source=recu.source, masquage=MASQUAGE)
    recu.bilan = bilan.model_dump(mode="json")
    session.flush()
    return bilan


def _apply(cursor: Cursor, parameters: dict[str, Any]) -> None:
    for step in sql.APPLIQUER:
        cursor.execute(step, parameters)
    (written,) = cursor.execute(sql.COMPTER_ECRITES).fetchone() or (0,)
    if written > BEAUCOUP:
        for step in sql.COMPTER_CONNUES:
            cursor.execute(step)


def _refuse_older(session: Session, recu: ImportFichier, options: OptionsImportCommerces) -> None:
    """Nothing goes back in time unless it is asked for."""
    last = last_edition(session, recu.source, but=recu.id)
    edition = options.edition  # none is today
    if options.anterieure or edition is None or last is None or edition >= last:
        return
    detail = (
        f"La dernière édition prise de cette source est du {last:%d/%m/%Y}, après celle-ci : rien "
        "n’est pris. Pour revenir tout de même à l’édition antérieure, demandez-le "
        "(`anterieure=true`, ou `--anterieure` sur la ligne de commande)."
    )
    erreurs = [{"parametre": "edition", "detail": detail}]
    raise Conflict(detail, parametre="edition", erreurs=erreurs)


def _part(session: Session, taken_over: Sequence[tuple[int, str]], *, auteur: str) -> None:
    """Listings with the SIRET of until now: those who answered for another company do no more."""
    for number, former in taken_over:
        fiche = session.get_one(Fiche, number, populate_existing=True)
        titulaires.set_former_aside(session, fiche, former, auteur=auteur)


def _tell_closed(session: Session) -> None:
    """Write to the holders of what SIRENE has just suspended."""
    for holder in closed_holders(session):
        told = textes.fermeture(holder.nom, holder.siret)
        courrier.post(session, holder.courriel, "fermeture", told, titulaire_id=holder.id)


def _check_sender(fichier: Fichier, expediteur: Expediteur) -> None:
    if fichier.sirene and expediteur.sol is not None:
        raise Forbidden(
            "Un fichier SIRENE suspend des fiches de toutes les sources : seules la CCI et la "
            "Métropole en importent."
        )


def _lecteur(
    fichier: Fichier, options: OptionsImportCommerces, expediteur: Expediteur, today: date
) -> Lecteur:
    by_default = options.modalite or (Modalite.LIVRAISON if fichier.livraison else None)
    return Lecteur(
        colonnes=fichier.colonnes,
        aujourd_hui=today,
        sirene=fichier.sirene,
        textes=fichier.forme == "csv",
        par_defaut=by_default,
        sol=None if expediteur.sol is None else frozenset(expediteur.sol),
    )


def _parameters(
    session: Session,
    recu: ImportFichier,
    fichier: Fichier,
    options: OptionsImportCommerces,
    today: date,
) -> dict[str, Any]:
    verifie_le = clock.now(session)
    if options.edition is not None:
        verifie_le = datetime.combine(options.edition, time(12), PARIS).astimezone(UTC)
    return {
        "import_id": recu.id,
        "source": recu.source,
        "acteur": recu.acteur,
        "qualite": VerifiePar.SIRENE if fichier.sirene else VerifiePar.IMPORT,
        "licence": options.licence,
        "edition": options.edition or today,
        "verifie_le": verifie_le,
        "publier": options.publier,
        "masquage": MASQUAGE,
        # SIRENE says F of what closed: what a part of it does not name is elsewhere.
        "complet": options.complet and not fichier.sirene,
    }


_REJECTED = """
    SELECT ligne, constats::jsonb FROM lignes_lues WHERE statut = 'rejete'
    ORDER BY ligne LIMIT %(limit)s
"""


def _refuse_any(cursor: Cursor) -> None:
    """Refuse the whole file when a line is, naming the first ones."""
    rows = cursor.execute(_REJECTED, {"limit": ERREURS_MAX}).fetchall()
    if rows:
        raise InvalidBody(
            "Une ligne au moins est rejetée : rien du fichier n’est pris.",
            erreurs=[
                {
                    "pointer": f"#/{ligne}/{colonne}" if colonne else f"#/{ligne}",
                    "detail": f"{CODES[code].libelle}.",
                }
                for ligne, constats in rows
                for code, colonne, _, _ in constats
                if code in ERREURS
            ],
        )
