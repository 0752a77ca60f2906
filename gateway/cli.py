"""The `relance` command."""

import asyncio
import atexit
import gc
import json
import logging
from functools import partial
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from gateway import groups
from gateway.cles import cles
from gateway.stopping import LOOK_S, stopped_by_signals
from gateway.travaux import travaux
from gateway.usage import in_french, told_in_french
from shared.memory.collector import loading
from shared.output import say

# Each command imports what it needs when it runs: `relance --help` must not wait for everything.
# Nor must its end: a process gives its memory back whole, without a last look for cycles in it.
atexit.register(gc.freeze)


class Suite(TyperGroup):
    """Our commands and those of the services; a known failure ends with one sentence."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [*super().list_commands(ctx), *groups.NOMS]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        found: Any = super().get_command(ctx, cmd_name)
        if found is None and cmd_name in groups.NOMS:
            found = typer.main.get_group(groups.commands_of(cmd_name))
        return None if found is None else in_french(found, ctx)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        in_french(self, ctx)
        with told_in_french():
            return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        try:
            with told_in_french():
                return super().invoke(ctx)
        except (typer.Exit, typer.TyperException):
            raise
        except Exception as error:
            from gateway.failures import sentence

            told = sentence(error)
            if told is None:
                raise
            say(f"relance : {told}", err=True)
        raise typer.Exit(1)


app = typer.Typer(
    cls=Suite,
    help="Les services ouverts du plan de relance de la Métropole du Grand Paris.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(cles, name="cles")
app.add_typer(travaux, name="travaux")
db = typer.Typer(help="La base de données.", no_args_is_help=True)
app.add_typer(db, name="db")


@app.command()
def demo() -> None:
    """Tout lancer en une commande : base de données, données fictives, services."""
    with stopped_by_signals() as told:
        with loading():
            from gateway.demo import run
            from gateway.serving import read_settings
            from shared.observability import configure_logging

        configure_logging(logging.WARNING)
        run(read_settings(), told)


@app.command()
def serve(
    quoi: Annotated[str, typer.Argument(help="« gateway » ou le nom d'un service.")],
) -> None:
    """Servir la passerelle ou un seul service, sur RELANCE_HOTE:RELANCE_PORT."""
    with stopped_by_signals() as told:
        with loading():
            from gateway import serving
            from gateway.embedded import SERVICES
            from shared.observability import configure_logging
            from shared.service import ServiceApp

        configure_logging()
        if quoi != "gateway" and quoi not in SERVICES:
            known = ", ".join(("gateway", *SERVICES))
            raise typer.BadParameter(f"« {quoi} » est inconnu ; au choix : {known}.")
        settings = serving.with_secret(serving.read_settings())
        with serving.listening(settings) as taken, serving.measured(settings):
            if quoi == "gateway":
                serving.serve(serving.gateway(settings), taken, told)
            else:
                serving.serve(ServiceApp(SERVICES[quoi], settings), taken, told)


@app.command()
def worker() -> None:
    """Faire le travail dû des services : purges, échéances, relances. Plusieurs peuvent tourner."""
    with stopped_by_signals() as told:
        with loading():
            from gateway import serving
            from shared.observability import configure_logging

        configure_logging()
        settings = serving.read_settings()
        with serving.measured(settings), serving.working(settings) as ended:
            while not ended.wait(LOOK_S):
                if told.is_set():
                    return
        # A signal leaves from within: here the work ended by itself, and who started it must know.
        raise serving.ServingError("Le travail dû s'est arrêté de lui-même : voir le journal.")


@db.command()
def migrer() -> None:
    """Mettre à jour les tables de la passerelle et des services de ce processus."""
    from gateway import serving
    from shared.settings import Settings

    settings = Settings()
    serving.migrate(settings, tell=partial(say, err=True))
    say("Les tables sont à jour.")
    for nom in serving.remote_services(settings):
        say(
            f"Celles de « {nom} » n'ont pas été regardées : RELANCE_{nom.upper()}_URL dit que ce "
            "service tourne ailleurs. Sans cette variable, elles le sont d'ici."
        )


@app.command()
def openapi() -> None:
    """Écrire le contrat OpenAPI 3.1 de tous les services, sans base de données ni serveur."""
    from gateway import serving
    from gateway.upstreams import Mount, fetch
    from shared.settings import Settings

    # A document asks nothing of the database, whose address is only kept.
    settings = Settings(database_url="postgresql:///")
    _, body = asyncio.run(fetch(Mount("", serving.gateway(settings)), "/openapi.json"))
    say(json.dumps(json.loads(body), ensure_ascii=False, indent=2))


@app.command()
def etat() -> None:
    """Dire si chaque service de RELANCE_HOTE:RELANCE_PORT peut répondre."""
    import httpx

    from shared.settings import Settings, here

    settings = Settings()
    address = f"{here(settings.hote, settings.port)}/sante/pret"
    try:
        told = httpx.get(address, timeout=10, trust_env=False).json()
        states = _states(told)
    except (httpx.HTTPError, ValueError, LookupError, TypeError):
        say(f"Rien ne répond comme prévu à {address}.", err=True)
        raise typer.Exit(1) from None
    for line in states:
        say(line)
    if told["etat"] != "pret":
        raise typer.Exit(1)


_AWAY = {
    "injoignable": ", base de données injoignable",
    "autre_revision": ", tables d'une autre version",
}


def _states(told: dict[str, Any]) -> list[str]:
    """What the gateway says of itself and of each service; or a service alone, which has no name.

    LookupError or TypeError for what neither would say.
    """
    named: dict[str, dict[str, str]] = (
        {"passerelle": {**told, "etat": "pret"}, **told["services"]}
        if "services" in told
        else {"service": told}
    )
    return [
        f"{name} : {state['etat']}{_AWAY.get(state.get('base_de_donnees', ''), '')}"
        for name, state in named.items()
    ]


if __name__ == "__main__":
    app()
