"""Writes of OCPI partners: invited, registered, renewed, closed."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Update, func, update
from sqlalchemy.orm import Session

from services.bornes.models import PartieOcpi
from services.bornes.ocpi import jetons
from services.bornes.ocpi.erreurs import SERVER, ErreurOcpi, unauthorized
from services.bornes.ocpi.partenaires import Partenaire
from services.bornes.ocpi.partie import Partie
from shared.problems import BadGateway, Conflict, NotFound
from shared.schemas.ocpi import Credentials, EndpointOcpi
from shared.settings import Settings

REPRISE: Final = timedelta(hours=1)
"""How long the token before serves to ask again."""


def inviter(session: Session, nom: str, *, jours: int) -> str:
    """Invite a partner: its token A, the only time it is known."""
    token = jetons.new_token()
    session.add(
        PartieOcpi(
            nom=nom,
            empreinte=jetons.digest(token),
            expire_le=datetime.now(UTC) + timedelta(days=jours),
        )
    )
    return token


def inscrire(
    session: Session,
    partie: Partie,
    credentials: Credentials,
    *,
    endpoints: list[EndpointOcpi],
    version: str,
    secret: str,
) -> str:
    """Register a partner, or renew it: its token C, in place of the one it was to present.

    That one serves to ask again until C is presented, for an hour at most: the answer that
    carries C may be lost.
    """
    token = jetons.new_token()
    statement = (
        update(PartieOcpi)
        .where(PartieOcpi.empreinte == partie.empreinte)
        .values(
            **({} if partie.reprise else _REPRISE),
            empreinte=jetons.digest(token),
            expire_le=None,
            jeton_b=jetons.seal(credentials.token, secret),
            version=version,
            url=credentials.url,
            declaration=_declaration(credentials, endpoints),
            inscrite_le=func.coalesce(PartieOcpi.inscrite_le, func.now()),
            modifiee_le=func.now(),
        )
        .returning(PartieOcpi.id)
    )
    if session.execute(statement).first() is None:
        # Another request had its answer while we were asking the partner.
        raise ErreurOcpi(
            SERVER,
            "Une autre de vos demandes vient d'aboutir : si vous n'avez pas le jeton "
            "qu'elle a rendu, recommencez.",
        )
    return token


def _declaration(credentials: Credentials, endpoints: list[EndpointOcpi]) -> dict[str, Any]:
    return {
        "roles": [role.model_dump(mode="json") for role in credentials.roles],
        "endpoints": [endpoint.model_dump(mode="json") for endpoint in endpoints],
    }


_REPRISE: Final = {
    "precedente": PartieOcpi.empreinte,
    "precedente_inscrite": PartieOcpi.inscrite_le.is_not(None),
    "precedente_expire_le": func.least(PartieOcpi.expire_le, func.now() + REPRISE),
}


def close_exchange(session: Session, partie: Partie) -> None:
    """A partner has its token: the one before serves no more."""
    session.execute(
        update(PartieOcpi)
        .where(PartieOcpi.empreinte == partie.empreinte)
        .values(precedente=None, precedente_inscrite=None, precedente_expire_le=None)
    )


def desinscrire(session: Session, presented: bytes) -> None:
    """Close a partner at its own request."""
    found = session.execute(
        _closing().where(PartieOcpi.empreinte == presented).returning(PartieOcpi.id)
    )
    if found.first() is None:
        raise unauthorized()


def revoquer(session: Session, identifiant: int) -> PartieOcpi:
    """Close a partner, whatever its state; it must be invited again."""
    partie = session.get(PartieOcpi, identifiant)
    if partie is None:
        raise NotFound(f"Aucun partenaire OCPI ne porte le numéro {identifiant}.")
    if partie.close_le is not None:
        raise Conflict(f"Le partenaire {identifiant} est déjà fermé.")
    session.execute(_closing().where(PartieOcpi.id == identifiant))
    session.refresh(partie)
    return partie


def verifier(session: Session, identifiant: int, settings: Settings) -> list[EndpointOcpi]:
    """The modules of a registered partner, asked for with the token it gave us."""
    partie = session.get(PartieOcpi, identifiant)
    if partie is None:
        raise NotFound(f"Aucun partenaire OCPI ne porte le numéro {identifiant}.")
    sealed, url, version = partie.jeton_b, partie.url, partie.version
    if sealed is None or url is None or version is None:
        raise Conflict(f"Le partenaire {identifiant} n'est pas inscrit.")
    token = jetons.unseal(sealed, settings.secret_interne or "")
    if token is None:
        raise Conflict(
            "Son jeton a été scellé avec un autre RELANCE_SECRET_INTERNE : "
            "il doit renouveler ses « credentials » (PUT)."
        )
    try:
        return Partenaire(token, hotes=settings.hotes_ocpi()).endpoints(url, version)
    except ErreurOcpi as error:
        raise BadGateway(error.message) from error


def _closing() -> Update:
    """Both tokens are forgotten: ours opens nothing any more, theirs is not ours to keep."""
    return update(PartieOcpi).values(
        empreinte=None,
        precedente=None,
        precedente_inscrite=None,
        precedente_expire_le=None,
        jeton_b=None,
        expire_le=None,
        close_le=func.now(),
        modifiee_le=func.now(),
    )
