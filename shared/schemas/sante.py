"""Public contract of the suite's health: what a service says of itself, and the door of all."""

from typing import Annotated, Literal

from shared.schemas.commun import Instant
from shared.schemas.modeles import ABSENT, Reponse


class EtatService(Reponse):
    """Si un service peut répondre."""

    etat: Literal["pret", "en_chargement"]
    """`pret` : ses données sont chargées ; sinon, la réponse est 503."""
    base_de_donnees: Literal["joignable", "injoignable", "autre_revision"]
    """Sans elle, les lectures publiques continuent ; `autre_revision` : ses tables attendent
    `relance db migrer`."""
    objets: int
    """Combien d'objets publics il connaît."""
    derniere_modification: Instant | None
    """Du dernier changement qu'il montre ; nulle tant qu'il charge ou que rien n'a changé."""


class EtatServiceVu(Reponse):
    """Ce que la passerelle sait d'un service ; `etat` seul quand il ne répond pas."""

    etat: str
    """Celui qu'il dit, ou `injoignable`."""
    base_de_donnees: Annotated[str | None, ABSENT] = None
    """De même."""
    objets: Annotated[int | None, ABSENT] = None
    """De même."""
    derniere_modification: Annotated[Instant | None, ABSENT] = None
    """De même."""


class EtatPasserelle(Reponse):
    """Si chaque service peut répondre."""

    etat: Literal["pret", "indisponible"]
    """`indisponible` : un service au moins ne peut pas répondre, et la réponse est 503."""
    base_de_donnees: Literal["joignable", "injoignable", "absente"]
    """Celle des clés d'accès : sans elle, seul ce qui est public répond."""
    services: dict[str, EtatServiceVu]
    """Par nom."""
