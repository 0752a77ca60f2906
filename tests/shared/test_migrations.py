"""Each service migrates its own schema, safely from several processes, and without drift."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest
from alembic.util.exc import CommandError
from sqlalchemy import Engine, inspect, text

from shared import migrations
from shared.db import open_engine
from shared.migrations import OccupiedError, check, upgrade
from shared.postgres import PostgresError, machine_binaries, wheel_binaries

ROLES = Path(__file__).parents[2] / "deploy/roles.sql"
ENVIRONMENT = """
from sqlalchemy import Column, Integer, MetaData, Table
from shared.journal import journal_table
from shared.migrations import run
metadata = MetaData(schema="{schema}")
Table("choses", metadata, Column("id", Integer, primary_key=True))
journal_table(metadata)
run(metadata)
"""
VERSION = """
import time
import sqlalchemy as sa
from alembic import op
from shared.journal import create_statements, journal_table
revision, down_revision = "0001", None
def upgrade():
    time.sleep(0.2)  # long enough for another process to arrive
    op.create_table("choses", sa.Column("id", sa.Integer, primary_key=True), schema="{schema}")
    journal_table(sa.MetaData(schema="{schema}")).create(op.get_bind())
    for statement in create_statements("{schema}"):
        op.execute(statement)
"""

NEXT = """
from alembic import op
revision, down_revision = "0002", "0001"
def upgrade():
    op.execute("ALTER TABLE {schema}.choses ADD COLUMN nom text")
"""


@pytest.fixture
def schema() -> str:
    return f"essai_{uuid4().hex[:8]}"


@pytest.fixture
def service(tmp_path: Path, schema: str) -> Path:
    """The folder of a small service; its name tries the configuration's escapes."""
    folder = tmp_path / "à 100 %(ici)s"
    (folder / "migrations/versions").mkdir(parents=True)
    (folder / "migrations/env.py").write_text(ENVIRONMENT.format(schema=schema))
    (folder / "migrations/versions/0001.py").write_text(VERSION.format(schema=schema))
    return folder


@pytest.fixture
def engine(clone_database: Callable[[], str]) -> Iterator[Engine]:
    with open_engine(clone_database()) as engine:
        yield engine


def url_of(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def test_no_service_has_drifted_from_its_models(migrated_folders, database_url):
    for folder in migrated_folders:
        check(folder, database_url)


def test_a_drift_is_seen(service, engine):
    upgrade(service, url_of(engine))
    check(service, url_of(engine))
    environment = service / "migrations/env.py"
    environment.write_text(environment.read_text().replace('"choses"', '"autres_choses"'))
    with pytest.raises(CommandError, match="autres_choses"):
        check(service, url_of(engine))


def test_a_service_touches_its_own_schema_only(service, schema, engine):
    before = set(inspect(engine).get_schema_names())
    upgrade(service, url_of(engine))
    upgrade(service, url_of(engine))
    inspector = inspect(engine)
    assert set(inspector.get_schema_names()) - before == {schema}
    assert set(inspector.get_table_names(schema)) == {"choses", "journal", "alembic_version"}
    assert inspector.get_table_names("public") == []


def test_two_processes_may_migrate_at_once(service, schema, engine):
    code = "import sys; from pathlib import Path; from shared.migrations import upgrade;"
    code += "upgrade(Path(sys.argv[1]), sys.argv[2])"
    command = [sys.executable, "-c", code, str(service), url_of(engine)]
    both = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    errors = [process.communicate()[1] for process in both]
    assert errors == ["", ""]
    assert [process.returncode for process in both] == [0, 0]
    with engine.connect() as connection:
        versions = connection.scalars(text(f"SELECT version_num FROM {schema}.alembic_version"))
        assert list(versions) == ["0001"]


@pytest.fixture
def backup(service, schema, engine, monkeypatch):
    """A backup that reads a table which the next version changes, until it is closed."""
    upgrade(service, url_of(engine))
    (service / "migrations/versions/0002.py").write_text(NEXT.format(schema=schema))
    monkeypatch.setattr(migrations, "LOCK_WAIT_S", 0.1)
    monkeypatch.setattr(migrations, "PAUSE_S", 0.01)
    address = url_of(engine).replace("+psycopg", "")
    with psycopg.connect(address, application_name="pg_dump") as connection:
        connection.execute(f"SELECT * FROM {schema}.choses")
        yield connection


def test_a_migration_does_not_wait_behind_a_backup(service, schema, engine, backup, monkeypatch):
    """It would stop every read and every write that comes after it."""
    monkeypatch.setattr(migrations, "TRIES", 3)
    told = []
    by = rf"Les tables de « {schema} » sont occupées par pg_dump \(processus [0-9]+\)\."
    with pytest.raises(OccupiedError, match=f"^{by} Rien n'a été changé"):
        upgrade(service, url_of(engine), tell=told.append)
    assert len(told) == 2
    assert re.fullmatch(f"{by} Nouvel essai dans 0 s.", told[0])
    assert [column["name"] for column in inspect(engine).get_columns("choses", schema)] == ["id"]


def test_a_migration_is_tried_again_until_the_backup_ends(service, schema, engine, backup):
    upgrade(service, url_of(engine), tell=lambda _said: backup.close())
    columns = [column["name"] for column in inspect(engine).get_columns("choses", schema)]
    assert columns == ["id", "nom"]


def test_a_migration_that_fails_leaves_nothing(service, schema, engine):
    version = service / "migrations/versions/0001.py"
    version.write_text(version.read_text() + "\n    raise ValueError('panne')\n")
    with pytest.raises(ValueError, match="panne"):
        upgrade(service, url_of(engine))
    assert schema not in inspect(engine).get_schema_names()


@pytest.fixture
def own_role(engine: Engine, schema: str) -> Iterator[Callable[[], str]]:
    """Runs deploy/roles.sql for the small service; the address of the database for its role."""
    psql = next(folder / "psql" for folder in (wheel_binaries(), machine_binaries()) if folder)
    variables = ["-v", f"service={schema}", "-v", "mot_de_passe=l'essai"]
    address = urlsplit(url_of(engine).replace("+psycopg", ""))
    host = address.netloc.rpartition("@")[2]

    def run() -> str:
        subprocess.run([psql, *variables, "-qXf", ROLES, address.geturl()], check=True)
        return address._replace(netloc=f"relance_{schema}:l%27essai@{host}").geturl()

    yield run
    with engine.begin() as connection:
        connection.execute(text(f"DROP OWNED BY relance_{schema}"))
        connection.execute(text(f"DROP ROLE relance_{schema}"))


def test_a_service_migrates_with_its_own_role_and_reads_no_other(service, schema, own_role):
    own_role()
    own = own_role()
    upgrade(service, own)
    with psycopg.connect(own) as connection:
        connection.execute(f"INSERT INTO {schema}.choses VALUES (1)")
    for forbidden in ("SELECT * FROM bornes.stations", "CREATE TABLE public.a (id int)"):
        with (
            pytest.raises(psycopg.errors.InsufficientPrivilege),
            psycopg.connect(own) as connection,
        ):
            connection.execute(forbidden)


def test_what_was_restored_before_the_role_was_there_becomes_its_own(
    service, schema, engine, own_role
):
    """A backup restored by an administrator in a server where nobody had made the roles."""
    upgrade(service, url_of(engine))
    own = own_role()
    (service / "migrations/versions/0002.py").write_text(NEXT.format(schema=schema))
    upgrade(service, own)
    with psycopg.connect(own) as connection:
        connection.execute(f"INSERT INTO {schema}.choses VALUES (1)")
        foreign = connection.execute(FOREIGN, {"schema": schema}).fetchall()
    assert foreign == []


FOREIGN = """
    SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace(%(schema)s)
    AND pg_get_userbyid(relowner) <> user
    UNION ALL
    SELECT proname FROM pg_proc WHERE pronamespace = to_regnamespace(%(schema)s)
    AND pg_get_userbyid(proowner) <> user
"""


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_database_that_cannot_hold_every_text_is_refused(
    clone_database: Callable[[], str], service: Path, encoding: str
) -> None:
    url, name = clone_database(), f"essai_{encoding.lower()}"
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} ENCODING '{encoding}' TEMPLATE template0 LOCALE 'C'")
        try:
            parts = urlsplit(url)
            with pytest.raises(PostgresError, match=f"est en {encoding}, il la faut en UTF8"):
                upgrade(service, parts._replace(path=f"/{name}").geturl())
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
