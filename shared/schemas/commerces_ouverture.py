"""Public contract of « is this shop open? », asked of one listing."""

from typing import Annotated

from pydantic import ConfigDict, Field

from shared.schemas.commerces_horaires import EtatOuverture
from shared.schemas.commerces_valeurs import Modalite
from shared.schemas.commun import MomentDeParis
from shared.schemas.modeles import Demande


class LectureFiche(Demande):
    """Ce qu'on demande d'une fiche."""

    a: Annotated[
        MomentDeParis | None,
        Field(description="Instant où dire s'il est ouvert ; sans décalage, à l'heure de Paris."),
    ] = None


class OuvertureFiche(EtatOuverture):
    """L'état d'un commerce à un instant : celui de sa modalité la plus favorable, puis de chacune.

    `jusqu_a` est la première heure où cet état est un autre.
    """

    model_config = ConfigDict(use_attribute_docstrings=True)

    modalites: dict[Modalite, EtatOuverture]
    """Celles qu'il propose ce jour-là ; une règle de crise en ferme."""
