"""A server that hangs with its connections open, as a suspended one or a full disk's does."""

import socket
import threading

import psycopg
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import OperationalError

from shared import db


class Relay:
    """Stands before a server; once silent, it keeps its connections and says nothing more."""

    def __init__(self, url):
        told = psycopg.connect(url.render_as_string(hide_password=False).replace("+psycopg", ""))
        self._server = (told.info.host, told.info.port)
        told.close()
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        self.silent = threading.Event()
        self._open = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                caller, _ = self._door.accept()
            except OSError:
                return
            self._open.append(caller)
            if self.silent.is_set():
                continue
            server = self._to_server()
            self._open.append(server)
            for source, target in ((caller, server), (server, caller)):
                threading.Thread(target=self._copy, args=(source, target), daemon=True).start()

    def _to_server(self):
        host, port = self._server
        if not host.startswith("/"):
            return socket.create_connection((host, port))
        found = socket.socket(socket.AF_UNIX)
        found.connect(f"{host}/.s.PGSQL.{port}")
        return found

    def _copy(self, source, target):
        try:
            while data := source.recv(65_536):
                if not self.silent.is_set():
                    target.sendall(data)
        except OSError:
            pass

    def close(self):
        for one in (self._door, *self._open):
            one.close()


@pytest.fixture
def relay(engine):
    found = Relay(engine.url)
    yield found
    found.close()


def test_a_silent_server_is_given_up_on_an_open_connection_too(engine, relay, monkeypatch):
    monkeypatch.setattr(db, "ANSWER_S", 0.1)
    monkeypatch.setitem(db.NETWORK, "connect_timeout", 2)
    url = make_url(engine.url).set(host="127.0.0.1", port=relay.port, query={"sslmode": "disable"})
    with db.open_engine(url.render_as_string(hide_password=False)) as ours:
        with ours.connect() as connection:
            assert connection.execute(text("SELECT 1")).scalar_one() == 1
        relay.silent.set()
        with pytest.raises(OperationalError) as raised, ours.connect():
            pass
        assert db.is_away(raised.value)
        relay.silent.clear()
        with ours.connect() as connection:
            assert connection.execute(text("SELECT 1")).scalar_one() == 1
