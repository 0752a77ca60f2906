"""The address of a database, as PostgreSQL's own library reads it."""

import re

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict


def options(url: str) -> dict[str, str]:
    """What an address names: `host`, `port` (lists, for several servers), `user`, `dbname`…

    ValueError, in French and without anything of the address, which holds a password.
    """
    if not _POSTGRESQL.match(url):
        raise ValueError("une adresse postgresql://… est attendue")
    _, _, rest = url.partition("://")
    try:
        found = conninfo_to_dict(f"postgresql://{rest}")
    except ProgrammingError as error:
        raise ValueError(_UNREADABLE) from error
    read = {name: str(value) for name, value in found.items()}
    # A « / » of a password that is not escaped ends the host, and leaves words for a port.
    if not _PORTS.fullmatch(read.get("port", "")):
        raise ValueError(_UNREADABLE)
    return read


_POSTGRESQL = re.compile(r"postgres(ql)?(\+\w+)?://")
_PORTS = re.compile(r"[\d,]*")
_UNREADABLE = (
    "cette adresse postgresql://… ne se lit pas ; dans un mot de passe, @ s'écrit %40, / %2F, "
    ": %3A, % %25"
)
