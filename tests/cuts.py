"""A database that goes away at the worst moment."""

from sqlalchemy import Connection, Engine, event, text


def cut_at_next_commit(engine: Engine) -> None:
    """Have the server end the session that commits next, before it does."""
    cut: list[int] = []

    def end(connection: Connection) -> None:
        if cut:
            return
        driver = connection.connection.driver_connection
        assert driver is not None
        cut.append(driver.info.backend_pid)
        with engine.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid, 10000)"), {"pid": cut[0]})

    event.listen(engine, "commit", end)
