"""`relance commerces`: the state of the directory and its taxonomy, from the command line."""

from typing import Annotated

import typer

# Each command imports what it needs when it runs: `relance --help` must not wait for everything.

app = typer.Typer(
    name="commerces",
    help="L'annuaire des commerces : son état, sa taxonomie, ses webhooks.",
    no_args_is_help=True,
    add_completion=False,
)


@app.command()
def etat() -> None:
    """Compter les fiches de l'annuaire, par statut."""
    from sqlalchemy.orm import Session

    from services.commerces import queries
    from services.commerces.statuts import LIBELLES
    from shared.db import make_engine
    from shared.postgres import find_database_url
    from shared.settings import Settings

    engine = make_engine(find_database_url(Settings(), "commerces"))
    try:
        with Session(engine) as session:
            counts = queries.counts_by_status(session)
    finally:
        engine.dispose()
    for statut, libelle in LIBELLES.items():
        typer.echo(f"{counts.get(statut, 0):>8}  {libelle}")


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
            typer.echo(f"{'  ' * (len(lineage(code)) - 1)}{text}")


@app.command()
def abonnements() -> None:
    """Lister les abonnements aux webhooks : leur état, ce qui attend, ce qui est abandonné."""
    from sqlalchemy.orm import Session

    from services.commerces.abonnements import queries
    from shared.db import make_engine
    from shared.postgres import find_database_url
    from shared.settings import Settings

    engine = make_engine(find_database_url(Settings(), "commerces"))
    try:
        with Session(engine) as session:
            for one, waiting, given_up in queries.counts(session):
                typer.echo(
                    f"{one.id:>5}  {one.etat:<10}  {one.organisation}  {one.url}  en attente : "
                    f"{waiting}  abandonnés : {given_up}  {one.motif_etat or ''}".rstrip()
                )
    finally:
        engine.dispose()
