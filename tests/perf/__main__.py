"""`make bench`: run the benches, print one table, write bench.json."""

import argparse
import sys
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

from shared.postgres import PostgresError
from tests.perf import (
    changements,
    flux,
    http_reads,
    imports,
    imports_commerces,
    recherche,
    statuts,
    visible,
    vitrine,
    vitrine_commerces,
)
from tests.perf.data import Databases, databases
from tests.perf.options import Options
from tests.perf.questions import KINDS, REGIMES
from tests.perf.report import Line, table, write_json
from tests.perf.servers import BenchError

BENCHES: dict[str, Callable[[Options, Databases], Iterator[Line]]] = {
    "imports": imports.measure,
    "imports-commerces": imports_commerces.measure,
    "vitrine": vitrine.measure,
    "vitrine-commerces": vitrine_commerces.measure,
    "visible": visible.measure,
    "statuts": statuts.measure,
    "flux": flux.measure,
    "changements": changements.measure,
    "recherche": recherche.measure,
    "lectures": http_reads.measure,
}
PARTS = {"lectures": KINDS, "recherche": recherche.NAMES}
"""Bench → the kinds of questions that can be asked for alone."""
NOTES = (
    "Rapport : médiane des rapports de chaque ronde.",
    "Lectures : rapport des temps de processeur par requête.",
    "« × nu » : à un serveur uvicorn qui ne fait que rendre les mêmes octets, déjà prêts.",
    *(f"« {regime} » : {meaning}." for regime, meaning in REGIMES.items()),
    "« µs par point » et « par événement » : du processus du service, sans PostgreSQL.",
    "« PostgreSQL » : tables et index, zones en polygones, JSON construit à partir des lignes.",
    "« modèle de lecture » : le nôtre dans PostgreSQL, JSON déjà prêt : son moindre coût.",
    "« requête HTTP entière » : PostgreSQL et le plus petit serveur qui en rend la même réponse.",
    "« seul » : sans ce serveur ; les deux rapportés au service, HTTP compris.",
    "« distant » est rapporté au processeur de la passerelle ; « en tout » y ajoute le service.",
)


def main() -> int:
    options, output = _arguments()
    lines: list[Line] = []
    failures: list[str] = []
    with databases() as made:
        for name, measure in BENCHES.items():
            if not options.wants(name, *PARTS.get(name, ())):
                continue
            print(f"{name}…", file=sys.stderr)
            try:
                lines.extend(measure(options, made))
            except (BenchError, PostgresError, OSError) as error:
                failures.append(f"{name} : {error}")
    print(table(lines), *NOTES, *failures, sep="\n")
    write_json(output, lines, {"rondes": options.rounds, "secondes": options.seconds})
    return 1 if failures else 0


def _arguments() -> tuple[Options, Path]:
    parser = argparse.ArgumentParser(
        prog="python -m tests.perf", description="Tout mesurer prend environ une demi-heure."
    )
    parser.add_argument("--rondes", type=int, default=Options.rounds, help="tours de mesure")
    parser.add_argument("--secondes", type=float, default=Options.seconds, help="par mesure")
    parser.add_argument(
        "--rapide", action="store_true", help="un aperçu : 2 rondes, un quart d'heure"
    )
    names = [*BENCHES, *chain.from_iterable(PARTS.values())]
    parser.add_argument(
        "--seulement", choices=names, nargs="+", default=[], help="ces mesures et nulle autre"
    )
    parser.add_argument("--sortie", type=Path, default=Path("bench.json"), help="fichier JSON")
    given = parser.parse_args()
    rounds = 2 if given.rapide else given.rondes
    return Options(rounds, given.secondes, frozenset(given.seulement)), given.sortie


if __name__ == "__main__":
    sys.exit(main())
