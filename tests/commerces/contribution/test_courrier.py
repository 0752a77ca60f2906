"""Mail: what is written to the outbox, the port it leaves by, and what is then forgotten."""

import errno
import os
import re
import smtplib
import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes
from email.policy import default
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from services.commerces.courrier import commands
from services.commerces.courrier.envoi import (
    Message,
    Refuse,
    compose,
    forget_files,
    port,
    to_smtp,
)
from services.commerces.models import JOURNAL, TRAVAUX
from services.commerces.taches import atelier
from shared import journal
from shared.due_work import abandoned, take
from shared.journal import ZERO
from shared.settings import Settings, mail_server
from shared.worker import run_due
from tests.commerces.contribution.conftest import COURRIEL, FICHE
from tests.commerces.contribution.fake_smtp import certificate, smtp_server
from tests.cuts import cut_at_next_commit

ECRIT = datetime(2026, 11, 26, 14, 30, 5, 123456, tzinfo=timezone(timedelta(hours=1)))
MESSAGE = Message(
    7, COURRIEL, "Été : « ça marche »", "Un lien :\nhttps://exemple.fr/?jeton=a_b-c\n", ECRIT
)
DE = "Relance <ne-pas-repondre@exemple.fr>"


@pytest.fixture(scope="module")
def pem(tmp_path_factory):
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def trusting(pem):
    return ssl.create_default_context(cafile=str(pem))


def address(smtp, scheme="smtp", before="", after=""):
    return mail_server(f"{scheme}://{before}localhost:{smtp.server_address[1]}{after}")


def read(raw):
    return message_from_bytes(raw, policy=default)


def test_mail_leaves_over_starttls_with_its_secret(pem, trusting):
    with smtp_server(pem) as smtp:
        to_smtp(address(smtp, before="moi:s%40cret@"), DE, MESSAGE, context=trusting)
    assert smtp.seen == ["tls", "\0moi\0s@cret"]
    mail = read(smtp.mails[0])
    assert mail["To"] == COURRIEL
    assert mail["From"] == DE
    assert mail["Subject"] == MESSAGE.sujet
    assert mail["Date"] == "Thu, 26 Nov 2026 13:30:05 +0000"
    assert re.fullmatch(r"<commerces\.7\.[0-9a-f]+@exemple\.fr>", mail["Message-ID"])
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content().splitlines() == MESSAGE.texte.splitlines()


def test_a_mail_keeps_its_identifier_and_no_other_installation_has_it():
    first = compose(MESSAGE, DE)["Message-ID"]
    assert compose(MESSAGE, DE)["Message-ID"] == first
    elsewhere = replace(MESSAGE, ecrit_le=ECRIT + timedelta(microseconds=1))
    assert compose(elsewhere, DE)["Message-ID"] != first


def test_the_link_of_a_mail_in_a_file_is_whole_for_the_eye(tmp_path):
    link = f"https://exemple.fr/v1/commerces/liens?jeton={'a_b-c' * 12}"
    port(Settings(dossier=tmp_path))(Message(9, COURRIEL, MESSAGE.sujet, f"Été :\n{link}\n", ECRIT))
    raw = (tmp_path / "courrier" / "9.eml").read_bytes()
    assert f"Été :\r\n{link}\r\n".encode() in raw
    assert read(raw).get_content().splitlines() == ["Été :", link]


def test_who_reads_a_mail_in_a_file_never_has_half_of_it(tmp_path, monkeypatch):
    send, folder = port(Settings(dossier=tmp_path)), tmp_path / "courrier"
    send(MESSAGE)
    with (folder / "7.eml").open("rb") as reader:
        send(replace(MESSAGE, texte="court"))  # a second copy, of a worker that died meanwhile
        assert read(reader.read()).get_content().splitlines() == MESSAGE.texte.splitlines()

    def full(self, _data):
        self.touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        send(replace(MESSAGE, id=9))
    assert [path.name for path in folder.iterdir()] == ["7.eml"]
    assert (folder / "7.eml").stat().st_mode & 0o777 == 0o600


def test_mails_in_files_are_forgotten_with_their_texts(tmp_path):
    settings = Settings(dossier=tmp_path)
    assert forget_files(settings, commands.OUBLI_TEXTE) == 0
    for number in (7, 9):
        port(settings)(replace(MESSAGE, id=number))
    old = (datetime.now(UTC) - commands.OUBLI_TEXTE - timedelta(hours=1)).timestamp()
    left = tmp_path / "courrier" / ".8.1.eml"  # by a worker that was killed
    left.touch()
    for path in (tmp_path / "courrier" / "7.eml", left):
        os.utime(path, (old, old))
    assert forget_files(settings, commands.OUBLI_TEXTE) == 2
    assert [path.name for path in (tmp_path / "courrier").iterdir()] == ["9.eml"]


def test_mail_leaves_over_tls_from_the_start(pem, trusting):
    with smtp_server(pem, tls_first=True) as smtp:
        to_smtp(address(smtp, "smtps"), DE, MESSAGE, context=trusting)
    assert smtp.seen == ["tls"]
    assert len(smtp.mails) == 1


def test_a_server_nobody_vouches_for_gets_nothing(pem):
    with smtp_server(pem) as smtp, pytest.raises(ssl.SSLCertVerificationError):
        to_smtp(address(smtp), DE, MESSAGE)
    assert smtp.mails == []


def test_mail_leaves_in_clear_only_where_it_is_said(pem):
    with smtp_server(pem) as smtp:
        settings = Settings(courrier_smtp=address(smtp, after="?tls=non").geturl())
        port(settings)(MESSAGE)
    assert smtp.seen == []
    assert len(smtp.mails) == 1


@pytest.mark.parametrize("answer", ["550 inconnu", "553 refus"])
def test_an_address_refused_for_good_is_said_so(pem, trusting, answer):
    with smtp_server(pem, on_rcpt=answer) as smtp, pytest.raises(Refuse, match=answer[:3]):
        to_smtp(address(smtp), DE, MESSAGE, context=trusting)


@pytest.mark.parametrize(
    ("on", "error"),
    [
        ({"on_rcpt": "451 plus tard"}, smtplib.SMTPRecipientsRefused),
        ({"on_data": "451 plus tard"}, smtplib.SMTPDataError),
        ({"on_data": "554 non"}, Refuse),
        # The relay refuses us, and so every mail: none is to be lost for it.
        ({"on_rcpt": "554 5.7.1 <a@exemple.fr>: Relay denied"}, smtplib.SMTPRecipientsRefused),
        ({"on_data": "550 5.7.26 SPF"}, smtplib.SMTPDataError),
        ({"on_rcpt": "550 5.1.1 inconnu"}, Refuse),
        ({"on_rcpt": "550 5.7 inconnu"}, Refuse),
        # A refusal that a bad leave-taking would hide is no passing one.
        ({"on_rcpt": "550 inconnu", "on_quit": "421 trop tard"}, Refuse),
    ],
)
def test_a_passing_refusal_is_tried_again(pem, trusting, on, error):
    with smtp_server(pem, **on) as smtp, pytest.raises(error):
        to_smtp(address(smtp), DE, MESSAGE, context=trusting)


@pytest.mark.parametrize("on_quit", ["421 4.4.2 trop tard", "500 quoi"])
def test_a_mail_that_was_taken_has_left_however_the_server_takes_leave(pem, trusting, on_quit):
    with smtp_server(pem, on_quit=on_quit) as smtp:
        to_smtp(address(smtp), DE, MESSAGE, context=trusting)
    assert len(smtp.mails) == 1


def test_without_a_server_each_mail_is_a_file_of_its_owner(tmp_path):
    send = port(Settings(dossier=tmp_path))
    send(MESSAGE)
    send(MESSAGE)
    (path,) = (tmp_path / "courrier").iterdir()
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0
    assert read(path.read_bytes())["To"] == COURRIEL


@pytest.fixture
def post(engine_of):
    """Send the next mail as the worker does; how many."""

    def post(**settings):
        *_, let_mail_out = atelier(Settings(**settings)).tournees
        return let_mail_out(engine_of)

    return post


def test_the_worker_lets_the_outbox_out_and_forgets_what_left(client, post, tmp_path, rows):
    client.post("/inscriptions", json={"courriel": COURRIEL, "fiche": FICHE})
    assert post(dossier=tmp_path) == 1
    assert post(dossier=tmp_path) == 0
    assert len(list((tmp_path / "courrier").iterdir())) == 1
    (kept,) = rows(
        "SELECT destinataire, sujet, texte, parti_le IS NOT NULL FROM commerces.courriers"
    )
    assert tuple(kept) == (None, None, None, True)
    assert rows("SELECT 1 FROM commerces.travaux") == []


def test_a_server_that_is_away_loses_nothing(client, engine_of, post, rows, pem):
    client.post("/inscriptions", json={"courriel": COURRIEL, "fiche": FICHE})
    with smtp_server(pem, on_data="451 plus tard") as smtp:
        assert post(courrier_smtp=address(smtp, after="?tls=non").geturl()) == 1
        assert post(courrier_smtp=address(smtp, after="?tls=non").geturl()) == 0
    assert rows("SELECT destinataire FROM commerces.courriers") == [(COURRIEL,)]
    (work,) = rows("SELECT essais, erreur, du_le > now() AS later FROM commerces.travaux")
    assert (work.essais, work.later) == (1, True)
    assert "plus tard" in work.erreur
    with engine_of.connect() as connection:
        assert abandoned(connection, TRAVAUX) == []


def test_mails_wait_for_a_server_that_is_away_for_a_night(client, engine_of, run, rows):
    client.post("/inscriptions", json={"courriel": COURRIEL, "fiche": FICHE})
    tried = []

    def away(message):
        tried.append(message.id)
        raise ConnectionError

    passed = timedelta()
    while passed < timedelta(days=6):
        assert commands.let_out(engine_of, away) == 1
        ((wait,),) = rows("SELECT du_le - now() FROM commerces.travaux WHERE abandonne_le IS NULL")
        passed += wait
        run(lambda s: s.execute(TRAVAUX.update().values(du_le=text("now()"))))
    assert len(tried) < commands.ESSAIS
    assert commands.let_out(engine_of, lambda _message: None) == 1
    assert rows("SELECT count(*) FROM commerces.travaux") == [(0,)]


def test_a_mail_that_never_leaves_is_given_up_in_sight(client, run, engine_of, rows):
    client.post("/inscriptions", json={"courriel": COURRIEL, "fiche": FICHE})

    def refuse(message):
        raise ConnectionError(message.destinataire)

    for _ in range(commands.ESSAIS):
        run(lambda s: s.execute(TRAVAUX.update().values(du_le=text("now()"))))
        assert commands.let_out(engine_of, refuse) == 1
    with engine_of.connect() as connection:
        (work,) = abandoned(connection, TRAVAUX)
    assert (work.essais, work.erreur) == (commands.ESSAIS, "ConnectionError: (destinataire)")
    assert rows("SELECT destinataire FROM commerces.courriers") == [(COURRIEL,)]


def test_a_mail_that_takes_its_time_hides_nothing_of_the_journal(client, engine_of, run, rows):
    client.post("/inscriptions", json={"courriel": COURRIEL, "fiche": FICHE})
    seen = []

    def slow(_message):
        run(lambda s: journal.append(s, JOURNAL, [("fiche.creee", "7", "essai", {})]))
        with engine_of.connect() as connection:
            seen.extend(journal.read(connection, JOURNAL, after=ZERO, limit=10))
        # Nobody else sends it meanwhile.
        assert commands.let_out(engine_of, slow) == 0

    assert commands.let_out(engine_of, slow) == 1
    assert [entry.sujet for entry in seen] == ["7"]
    assert rows("SELECT erreur FROM commerces.travaux") == []


def test_a_worker_that_dies_lets_the_mail_leave_again(client, engine_of, run, sent, rows):
    client.post("/inscriptions", json={"courriel": COURRIEL, "fiche": FICHE})
    left = []

    def die(message):
        left.append(message)
        raise SystemExit

    with pytest.raises(SystemExit):
        commands.let_out(engine_of, die)
    assert sent() == []
    run(lambda s: s.execute(TRAVAUX.update().values(du_le=TRAVAUX.c.du_le - commands.BAIL)))
    assert sent() == left
    assert rows("SELECT destinataire FROM commerces.courriers") == [(None,)]


def test_a_mail_that_left_while_the_database_went_away_does_not_leave_again(
    client, engine_of, rows
):
    client.post("/inscriptions", json={"courriel": COURRIEL, "fiche": FICHE})
    assert commands.let_out(engine_of, lambda _: cut_at_next_commit(engine_of)) == 1
    assert rows("SELECT 1 FROM commerces.travaux WHERE genre = 'courrier.envoyer'") == []
    assert rows("SELECT destinataire, parti_le IS NULL FROM commerces.courriers") == [(None, False)]


def test_who_comes_too_late_leaves_the_end_to_the_other(client, engine_of, run, rows):
    client.post("/inscriptions", json={"courriel": COURRIEL, "fiche": FICHE})

    def late(_message):
        run(lambda s: s.execute(TRAVAUX.update().values(du_le=text("now()"))))
        with Session(engine_of) as session, session.begin():
            assert take(session, TRAVAUX, commands.ENVOYER, commands.BAIL) is not None
        raise ConnectionError

    assert commands.let_out(engine_of, late) == 1
    assert rows("SELECT essais, erreur FROM commerces.travaux") == [(2, None)]


def test_an_address_that_is_none_is_given_up_in_sight(client, post, rows, pem, caplog):
    client.post("/inscriptions", json={"courriel": COURRIEL, "fiche": FICHE})
    with smtp_server(pem, on_rcpt=f"550 5.1.1 <{COURRIEL}> inconnu") as smtp:
        assert post(courrier_smtp=address(smtp, after="?tls=non").geturl()) == 1
    assert rows("SELECT destinataire, refus, parti_le FROM commerces.courriers") == [
        (None, "550 5.1.1", None)
    ]
    (line,) = [one.getMessage() for one in caplog.records if "mail" in one.getMessage()]
    assert line.endswith("refused for good: 550 5.1.1")
    assert rows("SELECT 1 FROM commerces.travaux") == []


def test_a_mail_that_was_erased_does_not_leave(run, client, engine_of, sent, rows):
    client.post("/inscriptions", json={"courriel": COURRIEL, "fiche": FICHE})
    run(lambda s: s.execute(text("DELETE FROM commerces.courriers")))
    assert sent() == []
    assert rows("SELECT 1 FROM commerces.travaux") == []


def test_a_mail_erased_while_it_leaves_is_not_brought_back(run, client, engine_of, rows):
    client.post("/inscriptions", json={"courriel": COURRIEL, "fiche": FICHE})
    erase = partial(run, commands.erase_address, COURRIEL)
    assert commands.let_out(engine_of, lambda _message: erase()) == 1
    assert rows("SELECT 1 FROM commerces.courriers") == []
    assert rows("SELECT 1 FROM commerces.travaux") == []


@pytest.mark.parametrize(("days", "texts", "mails"), [(6, 1, 1), (8, 0, 1), (31, 0, 0)])
def test_mail_is_forgotten_in_time(client, run, rows, days, texts, mails):  # noqa: PLR0917
    client.post("/inscriptions", json={"courriel": COURRIEL, "fiche": FICHE})
    run(
        lambda s: s.execute(
            text("UPDATE commerces.courriers SET cree_le = now() - make_interval(days => :d)"),
            {"d": days},
        )
    )
    run(commands.forget)
    assert len(rows("SELECT 1 FROM commerces.courriers")) == mails
    assert len(rows("SELECT 1 FROM commerces.courriers WHERE texte IS NOT NULL")) == texts


def test_all_due_work_runs(engine_of, holder, rows):
    holder()
    with engine_of.begin() as connection:
        for genre in ("fiches.fraicheur", "personnel.oublier"):
            connection.execute(
                TRAVAUX.insert().values(genre=genre, cle=genre, corps={}, du_le=text("now()"))
            )
        connection.execute(text("DELETE FROM commerces.travaux WHERE genre LIKE 'courrier%'"))
    assert run_due(engine_of, atelier(Settings())) == 2
    assert rows("SELECT erreur FROM commerces.travaux") == [(None,), (None,)]
