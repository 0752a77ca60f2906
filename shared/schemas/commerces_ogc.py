"""Public contract of the directory under OGC API Features."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from shared.schemas.commerces import CriteresFiches, CriteresOffre
from shared.schemas.commun import split_values
from shared.schemas.formes import CODE_CATEGORIE
from shared.schemas.lieux import CommuneDemandee, EptDemande
from shared.schemas.ogc import RechercheObjets


class RechercheFichesOgc(CriteresOffre, RechercheObjets):
    """Commerces ; un paramètre qui porte le nom d'une propriété porte sur elle.

    C'est pourquoi la catégorie et la commune, que les propriétés donnent par leur nom, se demandent
    ici par `dans_categorie` et `code_commune`.
    """

    dans_categorie: Annotated[
        list[Annotated[str, Field(pattern=CODE_CATEGORIE)]] | None,
        Field(max_length=20, description="Codes de la taxonomie, avec ce qu'ils contiennent."),
        BeforeValidator(split_values),
    ] = None
    code_commune: CommuneDemandee = None
    ept: EptDemande = None

    def criteres(self) -> CriteresFiches:
        """The same question in the words of the other searches."""
        asked = self.model_dump(include=set(CriteresFiches.model_fields), exclude_unset=True)
        return CriteresFiches(**asked, categorie=self.dans_categorie, commune=self.code_commune)
