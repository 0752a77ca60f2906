"""A database with a table of due work, and one where what was done is noted."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, text
from sqlalchemy.schema import CreateSchema

from shared.db import new_metadata, open_engine
from shared.due_work import work_table

METADATA = new_metadata("essai")
TRAVAUX = work_table(METADATA)


@contextmanager
def working_database(url: str) -> Iterator[Engine]:
    """Its engine; a name noted twice fails when the transaction ends."""
    with open_engine(url) as engine:
        with engine.begin() as connection:
            connection.execute(CreateSchema("essai"))
            METADATA.create_all(connection)
            unique = "UNIQUE DEFERRABLE INITIALLY DEFERRED"
            connection.execute(text(f"CREATE TABLE essai.faits (nom text {unique})"))
        yield engine
