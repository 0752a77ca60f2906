"""`relance travaux`: list the jobs that were given up, and retry them."""

from typing import TYPE_CHECKING, Annotated

import typer

from shared.output import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Table

# Each command imports what it needs when it runs: `relance --help` must not wait for everything.

travaux = typer.Typer(
    help="Le travail dû que « relance worker » a abandonné après trop d'essais.",
    no_args_is_help=True,
)


@travaux.command()
def lister() -> None:
    """Lister le travail abandonné de chaque service, et sa dernière erreur."""
    from shared import due_work
    from shared.db import transaction

    found = False
    for service, table in _tables():
        with transaction(service) as session:
            for work in due_work.abandoned(session, table):
                found = True
                when = work.abandonne_le.astimezone().strftime("%Y-%m-%d %H:%M")
                erreur = (work.erreur or "").partition("\n")[0]
                say(f"{service}  {work.id:>6}  {when}  {work.genre}  {erreur}")
    if not found:
        say("Aucun travail abandonné.")


@travaux.command()
def reprendre(
    service: Annotated[str, typer.Argument(help="Le service, que « lister » affiche.")],
    numero: Annotated[
        int | None, typer.Argument(help="Le numéro que « lister » affiche.", min=1, max=2**63 - 1)
    ] = None,
    *,
    tous: Annotated[bool, typer.Option("--tous", help="Tous ceux du service.")] = False,
) -> None:
    """Essayer encore un travail abandonné, dès maintenant et autant de fois qu'au début."""
    from shared import due_work
    from shared.db import transaction
    from shared.problems import NotFound

    tables = dict(_tables())
    if service not in tables:
        known = ", ".join(tables)
        raise typer.BadParameter(f"« {service} » est inconnu ; au choix : {known}.")
    if tous == (numero is not None):
        raise typer.BadParameter("Un numéro est attendu, ou --tous.")
    with transaction(service) as session:
        resumed = due_work.resume(session, tables[service], numero)
    if not resumed and not tous:
        raise NotFound(f"Aucun travail abandonné de « {service} » ne porte le numéro {numero}.")
    say(f"Repris : {resumed}.")


def _tables() -> "Iterator[tuple[str, Table]]":
    """The due work of each service of this process."""
    from gateway import serving
    from shared.settings import Settings

    settings = Settings()
    for service in serving.local_services(settings):
        yield service.nom, service.atelier(settings).table
