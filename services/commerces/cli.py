"""`relance commerces`: the directory, its imports, its crisis rules, from the command line."""

from collections.abc import Iterator
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shared.arguments import named, origin_of
from shared.output import say
from shared.schemas.commerces_imports import ImportCommerces, OptionsImportCommerces
from shared.schemas.commerces_valeurs import Modalite
from shared.schemas.imports import SEUIL_PERTE, EtatImport

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from sqlalchemy.orm import Session

# Each command imports what it needs when it runs: `relance --help` must not wait for everything.

app = typer.Typer(
    name="commerces",
    help="L'annuaire des commerces : état, taxonomie, imports, régimes, webhooks.",
    no_args_is_help=True,
    add_completion=False,
)
imports = typer.Typer(help="Les imports reçus.", no_args_is_help=True)
app.add_typer(imports, name="imports")
regimes = typer.Typer(help="Les règles de crise.", no_args_is_help=True)
app.add_typer(regimes, name="regimes")

ACTEUR = "ligne-de-commande"
Numero = Annotated[int, typer.Argument(help="Numéro de l'import.", min=1, max=2**31 - 1)]
Fichier = Annotated[
    Path,
    typer.Argument(
        help="CSV, JSON ou GeoJSON de commerces, en gzip ou non.", exists=True, dir_okay=False
    ),
]
Source = Annotated[
    str | None,
    typer.Option(
        help="D'où viennent les commerces. Par défaut, le nom du fichier.", callback=named
    ),
]
Essai = Annotated[bool, typer.Option("--essai", help="Tout vérifier, ne rien garder.")]
Strict = Annotated[
    bool, typer.Option("--strict", help="Refuser le fichier si une ligne est rejetée.")
]
Partiel = Annotated[
    bool, typer.Option("--partiel", help="Ne suspendre aucun des commerces qu'il ne nomme pas.")
]
Brouillon = Annotated[
    bool, typer.Option("--brouillon", help="Ne pas publier les nouvelles fiches.")
]
ModaliteParDefaut = Annotated[
    Modalite | None, typer.Option(help="Modalité des lignes qui n'en disent aucune.")
]
Edition = Annotated[
    str | None, typer.Option(help="Jour du fichier, AAAA-MM-JJ. Par défaut, aujourd'hui.")
]
Anterieure = Annotated[
    bool, typer.Option("--anterieure", help="Prendre une édition plus ancienne que la dernière.")
]
Licence = Annotated[str | None, typer.Option(help="Licence des données.")]
SeuilPerte = Annotated[
    float, typer.Option(help="Part de commerces perdus sans confirmation.", min=0, max=1)
]
Rapport = Annotated[
    Path | None,
    typer.Option(
        help="Où écrire le rapport : en JSON si le nom finit par .json, sinon en CSV.",
        dir_okay=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Rendre le bilan en JSON.")]


@app.command()
def etat() -> None:
    """Compter les fiches de l'annuaire, par statut."""
    from services.commerces import queries
    from services.commerces.statuts import LIBELLES

    with _session() as session:
        counts = queries.counts_by_status(session)
    for statut, libelle in LIBELLES.items():
        say(f"{counts.get(statut, 0):>8}  {libelle}")


@app.command()
def taxonomie(
    *, recherche: Annotated[str, typer.Option(help="Ne garder que ce qui contient ce mot.")] = ""
) -> None:
    """Montrer l'arbre des catégories : code, nom et synonymes."""
    from services.commerces.taxonomie import categories, lineage
    from shared.schemas.commun import slug

    wanted = slug(recherche)
    for code, category in categories().items():
        text = f"{code:<24} {category.nom} : {', '.join(category.synonymes)}"
        if wanted in slug(text):
            say(f"{'  ' * (len(lineage(code)) - 1)}{text}")


@app.command()
def abonnements() -> None:
    """Lister les abonnements aux webhooks : leur état, ce qui attend, ce qui est abandonné."""
    from services.commerces.abonnements import queries

    with _session() as session:
        found = queries.counts(session)
        for one, waiting, given_up in found:
            say(
                f"{one.id:>5}  {one.etat:<10}  {one.organisation}  {one.url}  en attente : "
                f"{waiting}  abandonnés : {given_up}  {one.motif_etat or ''}".rstrip()
            )
        if not found:
            say("Aucun abonnement.")


@regimes.command("importer")
def importer_regimes(
    fichier: Annotated[
        Path,
        typer.Argument(
            help="Règles légales au format de Covid_enseignes (CSV).", exists=True, dir_okay=False
        ),
    ],
    *,
    essai: Annotated[bool, typer.Option("--essai", help="Tout lire, ne rien garder.")] = False,
) -> None:
    """Lire des règles de crise et dire ce qui n'a pas été compris ; les relire ne change rien."""
    from services.commerces.regimes import commands
    from services.commerces.regimes.osm import FichierIllisibleError, lire

    try:
        lecture = lire(fichier.read_bytes())
    except (FichierIllisibleError, OSError) as error:
        say(f"Fichier refusé : {error}", err=True)
        raise typer.Exit(1) from error
    with _session() as session:
        bilan = commands.take_in(session, lecture, acteur=ACTEUR)
        if essai:
            session.rollback()
    for line in bilan.texte():
        say(line)
    if essai:
        say("Essai : rien n'a été gardé.")


@app.command("import")
def import_(
    fichier: Fichier,
    *,
    source: Source = None,
    essai: Essai = False,
    strict: Strict = False,
    partiel: Partiel = False,
    brouillon: Brouillon = False,
    modalite: ModaliteParDefaut = None,
    edition: Edition = None,
    anterieure: Anterieure = False,
    licence: Licence = None,
    seuil_perte: SeuilPerte = SEUIL_PERTE,
    rapport: Rapport = None,
    json: Json = False,
) -> None:
    """Importer un fichier de commerces : toutes ses lignes valables, ou aucune."""
    options = OptionsImportCommerces(
        essai=essai,
        strict=strict,
        complet=not partiel,
        publier=not brouillon,
        modalite=modalite,
        edition=_jour(edition),
        anterieure=anterieure,
        licence=licence,
        seuil_perte=seuil_perte,
    )
    found = _taken(fichier, source, options, rapport)
    say(found.model_dump_json(indent=2) if json else "\n".join(resume(found)))


def _taken(
    fichier: Path, source: str | None, options: OptionsImportCommerces, rapport: Path | None
) -> ImportCommerces:
    from services.commerces.imports.commands import Expediteur, importer
    from services.commerces.imports.rapport import en_csv
    from shared.output import written
    from shared.transfers.files import opened
    from shared.transfers.uploads import json_list

    source = source or origin_of(fichier, option="--source")
    pieces = json_list if rapport and rapport.suffix.lower() == ".json" else en_csv
    report = written(rapport) if rapport else nullcontext()
    # In its place once the import is committed: it would tell of one that was undone.
    with report as file, _session() as session, opened(fichier) as flux:
        return importer(
            session,
            flux,
            nom=fichier.name,
            source=source,
            expediteur=Expediteur(ACTEUR),
            options=options,
            vers=(lambda found: file.writelines(pieces(found))) if file else None,
        )


def _jour(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text} n'est pas une date AAAA-MM-JJ.") from error


@app.command()
def doublons() -> None:
    """Chercher les fiches qui pourraient être un même commerce, pour les proposer aux agents."""
    from services.commerces.doublons.commands import chercher

    with _session() as session:
        count = chercher(session)
    say(f"Paires de fiches qui attendent une décision : {count}.")


@imports.command("lister")
def lister(
    source: Annotated[str | None, typer.Option(help="De cette source seulement.")] = None,
    etat: Annotated[EtatImport | None, typer.Option(help="Dans cet état seulement.")] = None,
    limite: Annotated[int, typer.Option(help="Nombre d'imports.", min=1, max=1000)] = 20,
) -> None:
    """Lister les imports, du plus récent au plus ancien."""
    from services.commerces.imports.queries import list_imports

    with _session() as session:
        found = list_imports(session, source=source, etat=etat, limit=limite)
        for one in found:
            when = one.instant.astimezone().strftime("%Y-%m-%d %H:%M")
            say(f"{one.id:>6}  {when}  {one.etat:<10}  {one.source}  {one.nom}")
        if not found:
            say("Aucun import.")


@imports.command("confirmer")
def confirmer(numero: Numero) -> None:
    """Appliquer un import en attente."""
    from services.commerces.imports import commands

    with _session() as session:
        found = commands.confirmer(
            session, numero, expediteur=commands.Expediteur(ACTEUR), if_match="*"
        )
    say("\n".join(resume(found)))


@imports.command("abandonner")
def abandonner(numero: Numero) -> None:
    """Abandonner un import en attente."""
    from services.commerces.imports import commands

    with _session() as session:
        commands.abandonner(session, numero, if_match="*")
    say(f"Import {numero} abandonné : les fiches restent ce qu'elles sont.")


def resume(found: ImportCommerces) -> Iterator[str]:
    """An import in a few lines of French."""
    from shared.counts import counted
    from shared.transfers.imports import STATE, ignored, wrong_cells

    bilan, lignes, fiches = found.bilan, found.bilan.lignes, found.bilan.fiches
    yield f"Import {found.id or 'd’essai'} de « {found.source} » : {STATE[found.etat]}"
    yield (
        f"{counted(lignes.lues, 'ligne')} : {counted(lignes.accepte, 'acceptée')}, "
        f"{counted(lignes.repare, 'réparée')}, {counted(lignes.rejete, 'rejetée')}, "
        f"{counted(lignes.doublon, 'doublon')}"
    )
    yield (
        f"Fiches : {counted(fiches.creees, 'créée')}, {counted(fiches.modifiees, 'modifiée')}, "
        f"{counted(fiches.confirmees, 'confirmée')}, {counted(fiches.suspendues, 'suspendue')}"
    )
    if bilan.barriere.franchie:
        accept = (
            "l'import devra être confirmé."
            if found.id is None
            else f"relance commerces imports confirmer {found.id}"
        )
        yield (
            f"{bilan.barriere.perdus} commerces sur {bilan.barriere.connus} disparaîtraient : "
            f"{accept}"
        )
    yield from bilan.avis
    yield from ignored(bilan.colonnes_ignorees)
    for code in bilan.codes:
        yield f"{code.nombre:>7}  {code.code}  {code.libelle}"
        yield from (f"         {cell}" for cell in wrong_cells(code))


def _session() -> "AbstractContextManager[Session]":
    """One transaction on the directory's database."""
    from shared.db import transaction

    return transaction("commerces")
