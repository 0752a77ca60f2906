"""The command line speaks French, also where Typer speaks by itself."""

import re
from collections.abc import Iterator

import pytest
import typer
from typer.core import TyperGroup

from gateway.cli import app
from tests.gateway.conftest import relance

ENGLISH = re.compile(
    r"\b(this message|exit|commands|command|error|required|default|missing|invalid|value for|"
    r"no such|got|unexpected|does not|is not|is a|try|bool|str|int|float|file|path)\b",
    re.IGNORECASE,
)


def every_command() -> list[tuple[str, ...]]:
    """All that may follow `relance`, groups included."""

    def under(group: TyperGroup, words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        context = typer.Context(group)
        for name in group.list_commands(context):
            yield (*words, name)
            found = group.get_command(context, name)
            if isinstance(found, TyperGroup):
                yield from under(found, (*words, name))

    return [(), *under(typer.main.get_group(app), ())]


@pytest.mark.parametrize("words", every_command(), ids=" ".join)
def test_help_is_in_french(words):
    answer = relance(*words, "--help")
    assert answer.exit_code == 0
    told = re.sub(r"\s+", " ", re.sub("[│╭╮╰╯─]", " ", answer.output))
    assert "Afficher cette aide." in told
    assert ENGLISH.findall(told) == []


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("rien", "La commande « rien » n'existe pas."),
        ("wroker", "« wroker » n'existe pas ; « worker » ?"),
        ("--zut", "L'option --zut n'existe pas."),
        ("bornes rien", "La commande « rien » n'existe pas."),
        ("commerces import f --parteil", "--parteil n'existe pas ; --partiel ?"),
        ("cles creer", "Il manque « organisation »."),
        ("cles creer x", "Il manque --role."),
        ("worker en trop", "De trop : en trop."),
        ("commerces import f --source", "L'option --source attend une valeur."),
        ("worker --help=3", "L'option --help ne prend pas de valeur."),
        ("commerces import /nulle/part", "« fichier » : « /nulle/part » n'existe pas."),
        ("commerces import /", "« fichier » : « / » est un dossier."),
        ("commerces regimes importer /nulle/part", "« fichier » : « /nulle/part » n'existe pas."),
        ("commerces regimes importer /", "« fichier » : « / » est un dossier."),
        ("bornes exporter /", "« fichier » : « / » est un dossier."),
        ("bornes avitaillement exporter /", "« fichier » : « / » est un dossier."),
        (f"bornes rejouer {__file__}", "ligne 1 : une session est un objet JSON"),
        (
            f"commerces import {__file__} --modalite zut",
            "« zut » est inconnu ; au choix : drive, liv",
        ),
        (f"commerces import {__file__} --seuil-perte 3", "La valeur doit être au plus 1."),
        ("travaux reprendre commerces abc", "« numero » : Un nombre entier est attendu."),
        (f"commerces import {__file__} --edition hier", "hier n'est pas une date AAAA-MM-JJ."),
        ("serve rien", "« rien » est inconnu ; au choix : gateway"),
    ],
)
def test_a_mistake_is_told_in_french(typed, told):
    answer = relance(*typed.split())
    assert answer.exit_code == 2
    said = re.sub(r"\s+", " ", re.sub("[│╭╮╰╯─]", " ", answer.output))
    assert told in said
    assert ENGLISH.findall(said) == []


def test_a_group_alone_shows_its_help():
    answer = relance("travaux")
    assert "Commandes" in answer.output
    assert "Erreur" not in answer.output
