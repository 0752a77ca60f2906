"""Settings of a process: read once from the RELANCE_* variables, then passed down."""

import os
import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from email.message import EmailMessage
from pathlib import Path
from typing import Annotated, Any, Final, Self
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared import database_url, kept_secret
from shared.schemas.formes import PARTIE_A_NOUS, RACINE_WEB


def _postgresql(url: str) -> str:
    database_url.options(url)
    return url


def _sender(text: str) -> str:
    """Every mail would be refused, or leave under the name of nobody."""
    mail = EmailMessage()
    mail["From"] = text
    addresses = mail["From"].addresses
    if [bool(one.username and one.domain) for one in addresses] != [True]:
        raise ValueError(
            "une adresse est attendue, et une seule : Nom <nom@exemple.fr> ; un nom qui a une "
            "virgule s'écrit entre guillemets"
        )
    return text


def mail_server(url: str) -> SplitResult:
    """The address of a server that mail leaves by; ValueError, without its password, if none."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # refuses one that is none, as a « / » in a password leaves
    except ValueError:
        raise ValueError(_MAIL_SERVER) from None
    if parts.scheme not in MAIL_PORTS or not parts.hostname or parts.query not in {"", "tls=non"}:
        raise ValueError(_MAIL_SERVER)
    return parts


def _mail_server(url: str) -> str:
    """An empty one is none: compose hands it over so."""
    if url:
        mail_server(url)
    return url


def _folder(path: str | Path) -> str | Path:
    """An empty one would be that of whoever starts the process."""
    if not str(path):
        raise ValueError("un dossier est attendu")
    return path


# A default is asked for only when every variable before it is right.
def _kept(known: Mapping[str, Any]) -> str | None:
    return kept_secret.read(known["dossier"])


def here(hote: str, port: int) -> str:
    """Where this machine sees what listens there."""
    hote = _LOOPBACK.get(hote, hote)
    return f"http://{f'[{hote}]' if ':' in hote else hote}:{port}"


def _here(known: Mapping[str, Any]) -> str:
    return here(known["hote"], known["port"])


_DATABASE = re.compile(r"RELANCE_[A-Z0-9]+_DATABASE_URL")
_OF_A_SERVICE = re.compile(r"[A-Z0-9]+(_DATABASE)?_URL")
_ALIKE: Final = 0.7
"""Two names of which so much is the same: PROT is PORT at 0.75."""
_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 what listens everywhere listens there

MAIL_PORTS: Final = {"smtp": 587, "smtps": 465}
_MAIL_SERVER: Final = (
    "une adresse est attendue : smtp://[nom:secret@]serveur[:port] ou smtps://… ; dans un nom ou "
    "un secret, « / », « @ » et « % » s'écrivent %2F, %40 et %25"
)


class Settings(BaseSettings):
    """RELANCE_* variables. Per service: RELANCE_<SERVICE>_URL, RELANCE_<SERVICE>_DATABASE_URL."""

    model_config = SettingsConfigDict(env_prefix="RELANCE_", frozen=True)

    dossier: Annotated[Path, BeforeValidator(_folder)] = Path(".relance")
    """Folder of the embedded PostgreSQL and of what a demo must remember."""
    hote: str = Field(default="127.0.0.1", min_length=1)
    """An empty one would mean every address: `0.0.0.0` and `::` say so."""
    port: int = Field(default=8000, ge=1, le=65_535)
    metriques_port: int | None = Field(default=None, ge=1, le=65_535)
    """Where Prometheus reads this process, on `hote`: a port of its own, never the public one."""
    database_url: Annotated[str, AfterValidator(_postgresql)] | None = None
    """postgresql://… ; without it, the PostgreSQL that runs in `dossier` is used."""
    secret_interne: str | None = Field(default_factory=_kept)
    """Shared by gateway and services: signs the internal token (HS256, at least 32 bytes), seals
    the secrets of others. Without it, the one kept in `dossier`, if there is one."""
    taille_max_corps: int = Field(default=100_000_000, ge=1)
    """Largest request body accepted by the gateway, in bytes."""
    delai_amont_s: float = Field(default=30.0, ge=1, le=3_600, allow_inf_nan=False)
    """Longest wait for a remote service's response headers, in seconds."""
    cache_octets: int = Field(default=64_000_000, ge=0)
    """Memory of the gateway for answers of remote services, in bytes; 0 keeps none."""
    cache_reponses: int = Field(default=10_000, ge=1)
    """How many answers it may hold."""

    flux_auditeurs_max: int = Field(default=1_000, ge=1)
    """Live streams that each service keeps open in one process."""

    bornes_ocpi_partie: str = Field(default="GPR", pattern=PARTIE_A_NOUS)
    """Our own OCPI `party_id`, as registered for France."""
    bornes_ocpi_hotes: str = ""
    """Hosts of OCPI partners, comma-separated, that may be called over http or be private."""

    bornes_peremption_s: int = Field(default=600, ge=60, le=86_400)
    """How long a charging point's status holds, in seconds; past it the state is unknown."""
    bornes_historique_jours: int = Field(default=400, ge=2, le=3_650)
    """Days of changes of state kept."""
    bornes_rapports_jours: int = Field(default=90, ge=1, le=3_650)
    """Days that the report of an import is kept, unless it is its producer's last."""
    bornes_signalements_par_heure: int = Field(default=20, ge=1, le=100_000)
    """Reports of faulty points accepted from one address in an hour."""
    bornes_signalements_jours: int = Field(default=30, ge=1, le=3_650)
    """A report that nobody made again for so many days is closed."""

    commerces_webhooks_hotes: str = ""
    """Hosts of webhook receivers, comma-separated, that may be called over http or be private."""
    adresse_publique: str = Field(default_factory=_here, pattern=RACINE_WEB)
    """Where the gateway is seen from: beginning of the links that are mailed."""
    courrier_smtp: Annotated[str, AfterValidator(_mail_server)] | None = None
    """Server that mail leaves by; without it, each mail is a file in `dossier`/courrier."""
    courrier_de: Annotated[str, AfterValidator(_sender)] = (
        "Grand Paris Relance <ne-pas-repondre@localhost>"
    )
    """Sender of the mail."""

    commerces_inscriptions_par_heure: int = Field(default=10, ge=1, le=100_000)
    """Registrations and requests of links accepted from one address in an hour."""
    commerces_signalements_par_heure: int = Field(default=20, ge=1, le=100_000)
    """Reports of listings accepted from one address in an hour."""
    commerces_rapports_jours: int = Field(default=90, ge=1, le=3_650)
    """Days that an import's report keeps what it received: mail addresses, phones, texts."""

    def hotes_ocpi(self) -> frozenset[str]:
        """The hosts of `bornes_ocpi_hotes`."""
        return _hosts(self.bornes_ocpi_hotes)

    def hotes_webhooks(self) -> frozenset[str]:
        """The hosts of `commerces_webhooks_hotes`."""
        return _hosts(self.commerces_webhooks_hotes)

    @model_validator(mode="after")
    def _databases(self) -> Self:
        """A service's own database is no field: there may be services that nobody knows here."""
        for name, url in os.environ.items():
            if _DATABASE.fullmatch(name):
                try:
                    database_url.options(url)
                except ValueError as error:
                    raise ValueError(f"{name} : {error}") from error
        return self

    def upstream_url(self, service: str) -> str | None:
        """Base URL of a service that runs elsewhere, None when it is mounted in this process."""
        return os.environ.get(f"RELANCE_{service.upper()}_URL")

    def service_database_url(self, service: str) -> str | None:
        """Database of one service: its own variable, else the common one."""
        return os.environ.get(f"RELANCE_{service.upper()}_DATABASE_URL") or self.database_url


def misspelt() -> Iterator[tuple[str, str]]:
    """Variables that are no setting, each with the setting whose name is nearly the same."""
    known = [name.upper() for name in Settings.model_fields]
    for variable in sorted(os.environ):
        prefix, _, name = variable.partition("_")
        if prefix != "RELANCE" or name in known or _OF_A_SERVICE.fullmatch(name):
            continue
        for meant in get_close_matches(name, known, n=1, cutoff=_ALIKE):
            yield variable, f"RELANCE_{meant}"


def _hosts(listed: str) -> frozenset[str]:
    return frozenset(filter(None, map(str.strip, listed.split(","))))
