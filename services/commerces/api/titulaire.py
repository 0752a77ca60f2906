"""Authentication of merchants: their token gives access to their own listing only."""

from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials
from fastapi.security.http import HTTPBase

from services.commerces.contribution import queries
from services.commerces.contribution.models import Titulaire
from shared.auth import OwnToken
from shared.db import SessionDep
from shared.problems import NotFound, Unauthorized

_SCHEME = HTTPBase(
    scheme="Token",
    scheme_name="commercant",
    description="Jeton de commerçant, dans l'en-tête `Authorization: Token`.",
    auto_error=False,
)


class JetonCommercant(OwnToken):
    """Access of a route kept for the holder of a listing."""

    acces = "commercant"

    def __init__(self, *, refused_too: bool = False, erased_too: bool = False) -> None:
        self._refused_too = refused_too
        self._erased_too = erased_too

    def __call__(
        self,
        session: SessionDep,
        credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_SCHEME)],
    ) -> Titulaire:
        refused = Unauthorized(
            "Cette opération demande un jeton de commerçant en cours de validité, dans l'en-tête "
            "`Authorization: Token`.",
            headers={"WWW-Authenticate": "Token"},
        )
        if credentials is None or credentials.scheme.lower() != "token":
            raise refused
        found = queries.find_holder(session, credentials.credentials)
        if found is None or not (found.ecarte_le is None or self._may_come_back(found)):
            raise refused
        return found

    def _may_come_back(self, found: Titulaire) -> bool:
        """Whoever was refused still reads its data, and has it erased, once or again."""
        return self._erased_too or (self._refused_too and found.courriel is not None)


JetonDep = Annotated[HTTPAuthorizationCredentials, Depends(_SCHEME)]
"""The token itself; what the route needs beside it says whose it is."""
TitulaireDep = Annotated[Titulaire, Depends(JetonCommercant())]
RefuseAussiDep = Annotated[Titulaire, Depends(JetonCommercant(refused_too=True))]
EffacableDep = Annotated[Titulaire, Depends(JetonCommercant(erased_too=True))]


def check_own(titulaire: Titulaire, fiche_id: int) -> None:
    """Another's listing is not found."""
    if titulaire.fiche_id != fiche_id:
        raise NotFound(f"Votre jeton n'ouvre pas la fiche {fiche_id}.")
