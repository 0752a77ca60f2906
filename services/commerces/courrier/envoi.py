"""The port by which mail leaves: an SMTP server by setting, else one file a mail."""

import os
import re
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, unquote

from shared.settings import MAIL_PORTS, Settings, mail_server

DELAI_S: Final = 20
FOLDER: Final = "courrier"
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
PERMANENT: Final = 500
"""SMTP codes from here on say that trying again is of no use."""
_STATUS: Final = re.compile(rb"[245]\.(\d{1,3})\.\d{1,3}\b")
"""The status that most servers write after the code (RFC 3463): class, subject, detail."""
_POLICY: Final = b"7"
"""Subject of a status: a policy of the server, on who sends (relaying, passwords, block lists)."""


class Refuse(Exception):
    """The server will never take this mail: its address or its text is not for it."""


@dataclass(frozen=True, slots=True)
class Message:
    """A mail ready to leave."""

    id: int
    destinataire: str
    sujet: str
    texte: str
    ecrit_le: datetime


Port = Callable[[Message], None]
"""Sends a mail; `Refuse` when it never will, any other exception when it may later."""


def port(settings: Settings) -> Port:
    """What the settings ask: `smtp://` (STARTTLS), `smtps://` (TLS), or files when there is none.

    Without TLS only where the address says so: `smtp://…?tls=non`, for a relay on the machine.
    """
    if not settings.courrier_smtp:
        return partial(to_file, settings.dossier / FOLDER, settings.courrier_de)
    return partial(to_smtp, mail_server(settings.courrier_smtp), settings.courrier_de)


def compose(message: Message, sender: str, *, cte: str | None = None) -> EmailMessage:
    """The mail as it is written; the same identifier each time, so that a second copy is known."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = sender
    mail["To"] = message.destinataire
    mail["Subject"] = message.sujet
    mail["Date"] = message.ecrit_le.astimezone(UTC)
    # Two installations may count the same and send from the same domain, not to the microsecond.
    instant = f"{(message.ecrit_le - EPOCH) // timedelta(microseconds=1):x}"
    domain = sender.rpartition("@")[2].rstrip(">")
    mail["Message-ID"] = f"<commerces.{message.id}.{instant}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.texte, cte=cte)
    return mail


def forget_files(settings: Settings, older: timedelta) -> int:
    """Remove the files of mails that are older; how many. They name people, as mails do."""
    limit = datetime.now(UTC) - older
    old = [
        path
        for path in (settings.dossier / FOLDER).glob("*.eml")
        if datetime.fromtimestamp(path.stat().st_mtime, UTC) < limit
    ]
    for path in old:
        path.unlink(missing_ok=True)  # two workers may share a folder
    return len(old)


def to_file(folder: Path, sender: str, message: Message) -> None:
    """One `.eml` a mail, readable by any mail program and by its owner alone.

    Whoever opens the file copies its link from it: no line of it is cut or coded.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Whole at once: hidden until then from who lists mails, not from `forget_files`.
    draft = folder / f".{message.id}.{os.getpid()}.eml"
    try:
        draft.touch(mode=0o600)
        draft.write_bytes(compose(message, sender, cte="8bit").as_bytes())
        draft.replace(folder / f"{message.id}.eml")
    finally:
        draft.unlink(missing_ok=True)


def to_smtp(
    parts: SplitResult,
    sender: str,
    message: Message,
    *,
    context: ssl.SSLContext | None = None,
) -> None:
    """Hand a mail to a server, over TLS unless its address says otherwise."""
    assert parts.hostname is not None
    host, port_ = parts.hostname, parts.port or MAIL_PORTS[parts.scheme]
    context = context or ssl.create_default_context()
    with _open(parts.scheme, host, port_, context) as client:
        if parts.scheme == "smtp" and not parts.query:
            client.starttls(context=context)
        if parts.username:
            client.login(unquote(parts.username), unquote(parts.password or ""))
        try:
            client.send_message(compose(message, sender))
        except smtplib.SMTPRecipientsRefused as error:
            ((code, said),) = error.recipients.values()
            raise _refusal(code, said) or error from None
        except smtplib.SMTPDataError as error:
            raise _refusal(error.smtp_code, error.smtp_error) or error from None


def _refusal(code: int, said: bytes | str) -> Refuse | None:
    """A refusal of this mail; None when the server may take it later, or refuses us, not it.

    What is wrong with the sender is wrong with all its mail, until somebody mends it.
    """
    told = said if isinstance(said, bytes) else said.encode()
    status = _STATUS.match(told)
    if code < PERMANENT or (status and status[1] == _POLICY):
        return None
    return Refuse(f"{code} {status[0].decode()}" if status else str(code))


@contextmanager
def _open(scheme: str, host: str, port_: int, context: ssl.SSLContext) -> Iterator[smtplib.SMTP]:
    """A conversation. How the server takes leave says nothing of the mail that it took."""
    if scheme == "smtps":
        client: smtplib.SMTP = smtplib.SMTP_SSL(host, port_, timeout=DELAI_S, context=context)
    else:
        client = smtplib.SMTP(host, port_, timeout=DELAI_S)
    try:
        yield client
    finally:
        with suppress(smtplib.SMTPException):
            client.quit()
        client.close()
