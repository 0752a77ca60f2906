"""`relance bornes`: import, follow and export from the command line."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shared.arguments import named, origin_of
from shared.counts import counted, figure
from shared.output import say
from shared.schemas.bornes_imports import Import, OptionsImport, SchemaDonnees
from shared.schemas.imports import SEUIL_PERTE, EtatImport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from sqlalchemy.orm import Session

    from services.bornes.models import PartieOcpi
    from services.bornes.statuts.rejeu import SessionRecharge

# Each command imports what it needs when it runs: `relance --help` must not wait for everything.

app = typer.Typer(
    name="bornes",
    help="Le registre des bornes : importer, suivre, exporter.",
    no_args_is_help=True,
    add_completion=False,
)
imports = typer.Typer(help="Les imports reçus.", no_args_is_help=True)
app.add_typer(imports, name="imports")
ocpi = typer.Typer(help="Les partenaires OCPI et ce qu'ils lisent.", no_args_is_help=True)
app.add_typer(ocpi, name="ocpi")

avitaillement = typer.Typer(help="Les stations d'hydrogène et de gaz.", no_args_is_help=True)
app.add_typer(avitaillement, name="avitaillement")

ACTEUR = "ligne-de-commande"
Numero = Annotated[int, typer.Argument(help="Numéro de l'import.", min=1, max=2**31 - 1)]
Fichier = Annotated[
    Path,
    typer.Argument(
        help="Fichier IRVE statique 2.3.1 (CSV, ou CSV en gzip).", exists=True, dir_okay=False
    ),
]
FichierAvitaillement = Annotated[
    Path,
    typer.Argument(
        help="Fichier au schéma d'avitaillement (CSV, ou CSV en gzip).", exists=True, dir_okay=False
    ),
]
Producteur = Annotated[
    str | None,
    typer.Option(
        help="Producteur des données. Par défaut, le nom du fichier sans extension.",
        callback=named,
    ),
]
Essai = Annotated[bool, typer.Option("--essai", help="Tout vérifier, ne rien garder.")]
HorsPerimetre = Annotated[
    bool, typer.Option("--hors-perimetre", help="Accepter les points hors de la Métropole.")
]
SeuilPerte = Annotated[
    float, typer.Option(help="Part de points perdus sans confirmation.", min=0, max=1)
]
Rapport = Annotated[
    Path | None,
    typer.Option(
        help="Où écrire le rapport : en JSON si le nom finit par .json, sinon en CSV.",
        dir_okay=False,
    ),
]
Sortie = Annotated[
    Path | None,
    typer.Argument(help="Où écrire. Par défaut, ou « - », la sortie standard.", dir_okay=False),
]
Json = Annotated[bool, typer.Option("--json", help="Rendre le bilan en JSON.")]


@app.command("import")
def import_(
    fichier: Fichier,
    *,
    producteur: Producteur = None,
    essai: Essai = False,
    hors_perimetre: HorsPerimetre = False,
    seuil_perte: SeuilPerte = SEUIL_PERTE,
    rapport: Rapport = None,
    json: Json = False,
) -> None:
    """Importer le fichier d'un producteur : toutes ses lignes valables, ou aucune."""
    found = _import(
        SchemaDonnees.IRVE_STATIQUE,
        fichier,
        OptionsImport(essai=essai, hors_perimetre=hors_perimetre, seuil_perte=seuil_perte),
        producteur=producteur,
        rapport=rapport,
    )
    _tell(found, json=json)


@avitaillement.command("import")
def importer_avitaillement(
    fichier: FichierAvitaillement,
    *,
    producteur: Producteur = None,
    essai: Essai = False,
    hors_perimetre: HorsPerimetre = False,
    seuil_perte: SeuilPerte = SEUIL_PERTE,
    rapport: Rapport = None,
    json: Json = False,
) -> None:
    """Importer les points d'avitaillement d'un producteur : les lignes valables, ou aucune."""
    found = _import(
        SchemaDonnees.AVITAILLEMENT,
        fichier,
        OptionsImport(essai=essai, hors_perimetre=hors_perimetre, seuil_perte=seuil_perte),
        producteur=producteur,
        rapport=rapport,
    )
    _tell(found, json=json)


def _import(
    schema_donnees: SchemaDonnees,
    fichier: Path,
    options: OptionsImport,
    *,
    producteur: str | None,
    rapport: Path | None,
) -> Import:
    from contextlib import nullcontext

    from services.bornes.commands import importer
    from services.bornes.exports.rapport import en_csv
    from shared.output import written
    from shared.transfers.files import opened
    from shared.transfers.uploads import json_list

    producteur = producteur or origin_of(fichier, option="--producteur")
    pieces = json_list if rapport and rapport.suffix.lower() == ".json" else en_csv
    report = written(rapport) if rapport else nullcontext()
    # In its place once the import is committed: it would tell of one that was undone.
    with report as file, _session() as session, opened(fichier) as flux:
        return importer(
            session,
            flux,
            schema_donnees=schema_donnees,
            nom=fichier.name,
            producteur=producteur,
            acteur=ACTEUR,
            options=options,
            vers=(lambda found: file.writelines(pieces(found))) if file else None,
        )


def _tell(found: Import, *, json: bool = False) -> None:
    from services.bornes.imports.resume import resume

    say(found.model_dump_json(indent=2) if json else "\n".join(resume(found)))


@imports.command("lister")
def lister(
    producteur: Annotated[str | None, typer.Option(help="De ce producteur seulement.")] = None,
    etat: Annotated[EtatImport | None, typer.Option(help="Dans cet état seulement.")] = None,
    limite: Annotated[int, typer.Option(help="Nombre d'imports.", min=1, max=1000)] = 20,
) -> None:
    """Lister les imports, du plus récent au plus ancien."""
    from services.bornes.queries import list_imports

    with _session() as session:
        found = list_imports(session, producteur=producteur, etat=etat, limit=limite)
        for one in found:
            when = one.instant.astimezone().strftime("%Y-%m-%d %H:%M")
            say(f"{one.id:>6}  {when}  {one.etat:<10}  {one.producteur}  {one.nom}")
        if not found:
            say("Aucun import.")


@imports.command("confirmer")
def confirmer(numero: Numero) -> None:
    """Appliquer un import en attente."""
    from services.bornes import commands

    with _session() as session:
        found = commands.confirmer(session, numero, acteur=ACTEUR, if_match="*")
    _tell(found)


@imports.command("abandonner")
def abandonner(numero: Numero) -> None:
    """Abandonner un import en attente."""
    from services.bornes import commands

    with _session() as session:
        commands.abandonner(session, numero, if_match="*")
    say(f"Import {numero} abandonné : la dernière version acceptée reste publique.")


@app.command("exporter")
def exporter(fichier: Sortie = None) -> None:
    """Exporter les points de charge en service, au schéma IRVE statique 2.3.1."""
    from services.bornes.exports.irve_statique import irve_statique
    from services.bornes.queries import living_points
    from services.bornes.vitrine import segment
    from shared.memory.segments import Version

    def write(session: "Session") -> "Iterator[str]":
        return irve_statique(Version.of(segment(living_points(session.connection()))))

    _export(write, fichier)


@avitaillement.command("exporter")
def exporter_avitaillement(fichier: Sortie = None) -> None:
    """Exporter les points d'avitaillement, au schéma publié."""
    from services.bornes.exports.avitaillement import avitaillement as write

    _export(write, fichier)


@avitaillement.command("schema")
def schema_avitaillement() -> None:
    """Afficher le schéma des fichiers d'avitaillement (Table Schema)."""
    from services.bornes.avitaillement.schema import PUBLIE

    say(PUBLIE.decode(), nl=False)


def _export(write: "Callable[[Session], Iterator[str]]", fichier: Path | None) -> None:
    from contextlib import nullcontext

    from shared.output import written

    place = nullcontext(sys.stdout) if fichier is None else written(fichier)
    with place as vers, _session() as session:
        vers.writelines(write(session))


@app.command("rejouer")
def rejouer(
    fichier: Annotated[
        Path,
        typer.Argument(
            help="Sessions de recharge : JSON Lines (id_pdc_itinerance, start, end), gzip ou non.",
            exists=True,
            dir_okay=False,
        ),
    ],
    *,
    vitesse: Annotated[
        float, typer.Option(help="Combien de fois plus vite que le passé.", min=1, max=100_000)
    ] = 600,
    pas_s: Annotated[float, typer.Option(help="Secondes entre deux envois.", min=0.05, max=60)] = 1,
) -> None:
    """Redire des sessions passées comme des statuts de maintenant, jusqu'à la dernière."""
    from datetime import UTC, datetime, timedelta

    from services.bornes.statuts import queries
    from services.bornes.statuts.commands import redire
    from services.bornes.statuts.rejeu import Rejeu
    from shared.settings import Settings

    sessions = _sessions(fichier)
    replay = Rejeu(sessions, debut=datetime.now(UTC), vitesse=vitesse)
    with _session() as session:
        known = len(queries.known(session, replay.points))
    if not known:
        raise typer.BadParameter(
            "Aucun point de ces sessions n'est dans le registre : importez d'abord leurs stations "
            "(relance bornes import)."
        )
    say(
        f"{counted(len(sessions), 'session')} à redire en {replay.duree_s / 60:.0f} min "
        "(Ctrl-C arrête). Leurs points connus du registre : "
        f"{figure(known)} sur {figure(len(replay.points))}."
    )
    holds = timedelta(seconds=Settings().bornes_peremption_s)
    told, refused = redire(replay, pas_s=pas_s, peremption=holds, session=_session)
    say(f"{counted(told, 'statut accepté')}, {counted(refused, 'refusé')}.")


def _sessions(fichier: Path) -> "list[SessionRecharge]":
    from services.bornes.statuts.rejeu import lire_sessions
    from shared.transfers.files import FichierRefuse

    try:
        return lire_sessions(fichier)
    except (ValueError, FichierRefuse) as error:
        raise typer.BadParameter(str(error)) from error


@ocpi.command("inviter")
def inviter(
    nom: Annotated[
        str, typer.Argument(help="Le partenaire à qui le jeton est remis.", callback=named)
    ],
    *,
    jours: Annotated[int, typer.Option(min=1, max=365, help="Validité de l'invitation.")] = 30,
) -> None:
    """Inviter un partenaire et afficher son jeton A : il ne pourra plus l'être."""
    from services.bornes.ocpi import commands

    with _session() as session:
        token = commands.inviter(session, nom, jours=jours)
    say(token)


@ocpi.command("lister")
def lister_partenaires() -> None:
    """Lister les partenaires ; leurs jetons ne sont connus de personne ici."""
    from services.bornes.ocpi.queries import list_parties

    with _session() as session:
        found = list_parties(session)
        for one in found:
            version = f"OCPI {one.version}" if one.version else ""
            line = f"{one.id:>4}  {_partner_state(one):<10}  {one.nom}  {version}  {one.url or ''}"
            say(line.rstrip())
        if not found:
            say("Aucun partenaire.")


@ocpi.command("revoquer")
def revoquer(
    numero: Annotated[int, typer.Argument(help="Le numéro que « lister » affiche.", min=1)],
) -> None:
    """Fermer un partenaire : ses jetons sont oubliés, une nouvelle invitation le rouvrirait."""
    from services.bornes.ocpi import commands

    with _session() as session:
        partner = commands.revoquer(session, numero)
        say(f"Le partenaire {numero} ({partner.nom}) est fermé.")


@ocpi.command("verifier")
def verifier(
    numero: Annotated[int, typer.Argument(help="Le numéro que « lister » affiche.", min=1)],
) -> None:
    """Relire les versions d'un partenaire inscrit, avec le jeton qu'il a remis."""
    from services.bornes.ocpi import commands
    from shared.settings import Settings

    with _session() as session:
        endpoints = commands.verifier(session, numero, Settings())
    for endpoint in endpoints:
        say(f"{endpoint.identifier:<16} {endpoint.role:<9} {endpoint.url}")


@ocpi.command("ecarts")
def ecarts() -> None:
    """Les points qu'OCPI ne sait pas dire, faute de prise qu'il connaisse, en CSV."""
    from collections import Counter

    from services.bornes.ocpi.queries import left_out
    from shared.transfers.spreadsheets import ecrire

    with _session() as session:
        found = list(left_out(session))
    reasons = Counter(other for *_, other in found)
    words = {False: "aucune prise", True: "autre prise seulement"}
    rows = [(*names, words[other]) for *names, other in found]
    for piece in ecrire(("id_pdc", "id_station", "nom_enseigne", "raison"), rows):
        say(piece.replace("\r\n", "\n"), nl=False)
    say(
        f"Non publiés en OCPI. Sans aucune prise : {reasons[False]}. "
        f"Avec une autre prise seulement : {reasons[True]}.",
        err=True,
    )


def _partner_state(partner: "PartieOcpi") -> str:
    if partner.close_le is not None:
        return "fermé"
    return "inscrit" if partner.inscrite_le is not None else "invité"


def _session() -> "AbstractContextManager[Session]":
    """One transaction on the registry's database."""
    from shared.db import transaction

    return transaction("bornes")
