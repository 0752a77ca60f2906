"""Two sessions at once: to go on when one waits for the other, and not before."""

from sqlalchemy import Engine, text

_BLOCKED = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


def wait_for_a_blocked_session(engine: Engine) -> None:
    """Until a session of this database waits for a lock."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while not connection.scalar(_BLOCKED):
            pass
