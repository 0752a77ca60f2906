"""What the documents, the Makefile and the deployment tell to type can be typed."""

import ast
import re

import pytest
import typer
import yaml
from typer.core import TyperGroup

from gateway.cli import app
from gateway.embedded import SERVICES
from shared.settings import Settings


@pytest.fixture(scope="module")
def compose(root):
    return yaml.safe_load((root / "docker-compose.yml").read_text())["services"]


def exists(words):
    """Whether `relance` has the command these words begin with."""
    found = typer.main.get_command(app)
    for word in words:
        if not isinstance(found, TyperGroup):
            return True  # an argument
        found = found.get_command(typer.Context(found), word)
        if found is None:
            return False
    return True


def test_the_documents_name_real_commands(root, tracked):
    texts = [path.read_text() for path in tracked if path.suffix == ".md"]
    texts.append((root / "Makefile").read_text())
    code = [
        span
        for text in texts
        for span in re.findall(r"`[^`\n]+`|^\S*relance .*$", text, re.MULTILINE)
    ]
    typed = re.findall(r"(?:bin/|`)relance ([a-z ]+)", "\n".join(code))
    assert {"demo"} <= {line.strip() for line in typed}
    assert [line for line in typed if not exists(line.split())] == []


def test_terminals_are_told_through_one_door(sources):
    """What files and partners say is shown there: a terminal would obey some of it."""
    told = {
        f"{path}: {ast.unparse(node)}"
        for path, module in sources.items()
        for node in ast.walk(module)
        if ast.unparse(node) in {"typer.echo", "typer.secho", "print"}
        and isinstance(node, ast.Attribute | ast.Name)
    }
    assert told == {"shared/output.py: typer.echo"}


def test_the_deployment_runs_real_commands(compose):
    ours = {name: part["command"] for name, part in compose.items() if "command" in part}
    assert {name: words for name, words in ours.items() if not exists(words)} == {}
    assert ["serve", "gateway"] in ours.values()
    for service in SERVICES:
        assert ours[service] == ["serve", service]


def test_the_deployment_has_no_default_secret(compose):
    for part in compose.values():
        for name, value in part.get("environment", {}).items():
            if re.search("PASSWORD|SECRET|DATABASE_URL", name):
                assert re.search(r"\$\{[A-Z_]+:\?", value), name


def test_the_deployment_sees_whether_what_lasts_is_well(compose):
    for name, part in compose.items():
        lasts = part["restart"] != "no"
        assert lasts != part.get("healthcheck", {}).get("disable", name == "roles"), name


IMAGE = "grand-paris-relance"
OF_THE_IMAGE = {"dossier", "hote", "port", "database_url"}
"""Settings that a container has for itself, or that its own database takes the place of."""
PROXIES = "FORWARDED_ALLOW_IPS"


def test_every_setting_reaches_the_deployment(compose):
    """Compose gives a container what is named here: the rest of .env would be lost in silence."""
    expected = {f"RELANCE_{name.upper()}" for name in Settings.model_fields.keys() - OF_THE_IMAGE}
    for name, part in compose.items():
        if part["image"] == "grand-paris-relance":
            assert expected - part["environment"].keys() == set(), name
            told = {one: part["environment"][one] for one in {*expected, PROXIES}}
            deaf = {one for one, value in told.items() if value and f"${{{one}:" not in str(value)}
            assert deaf == {"RELANCE_METRIQUES_PORT"}, "what .env says is lost in silence"


def test_each_part_has_the_database_of_its_own_role(compose):
    every = {"gateway", *SERVICES}
    expected = {name: {name} for name in every} | {"worker": every, "migrate": every}
    for part, names in expected.items():
        urls = {
            name: value
            for name, value in compose[part]["environment"].items()
            if name.endswith("DATABASE_URL")
        }
        assert urls.keys() == {f"RELANCE_{name.upper()}_DATABASE_URL" for name in names}
        for name in names:
            url = urls[f"RELANCE_{name.upper()}_DATABASE_URL"]
            assert url.startswith(f"postgresql://relance_{name}:${{{name.upper()}_PASSWORD:?")
    script = compose["roles"]["entrypoint"][-1]
    for name in every:
        assert f'psql -v service={name} -v mot_de_passe="$${name.upper()}_PASSWORD"' in script


def test_the_gateway_reaches_every_service(compose):
    for service in SERVICES:
        url = compose["gateway"]["environment"][f"RELANCE_{service.upper()}_URL"]
        assert url == f"http://{service}:8000"


def test_one_part_builds_the_image_that_all_of_ours_run(compose):
    """Two that build one name at once fail: « already exists » on a machine that never did."""
    ours = {name: part for name, part in compose.items() if part["image"] == IMAGE}
    assert [name for name, part in ours.items() if "build" in part] == ["migrate"]
    # Nobody's of that name is fetched in place of it.
    assert {name for name, part in ours.items() if part.get("pull_policy") != "never"} == {
        "migrate"
    }


def test_a_command_run_alone_in_a_container_can_be_stopped(compose):
    """The first process of a container is deaf to the signals it does not ask for."""
    ours = [part for part in compose.values() if part["image"] == IMAGE]
    assert ours
    assert all(part["init"] for part in ours)


def test_every_part_of_ours_is_confined(compose):
    for part in compose.values():
        if part["image"] == "grand-paris-relance":
            assert part["read_only"]
            assert part["cap_drop"] == ["ALL"]
