"""Public contract of the indicators of a commune's shops; docs/indicateurs-commerces.md defines."""

from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator

from shared.schemas.commerces_valeurs import Modalite
from shared.schemas.commun import Jour
from shared.schemas.formes import about
from shared.schemas.modeles import Demande, Reponse

PERIODE_MAX = 3_660
"""Longest period, in days."""


class QuestionIndicateurs(Demande):
    """La période des ouvertures et des fermetures : les 365 derniers jours, sinon."""

    du: Annotated[Jour | None, Field(description="Premier jour de la période.")] = None
    au: Annotated[Jour | None, Field(description="Dernier jour, compris ; aujourd'hui, sinon.")] = (
        None
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.du is not None and self.au is not None:
            if self.au < self.du:
                raise about("au", "`au` doit suivre `du`")
            if (self.au - self.du).days >= PERIODE_MAX:
                raise about("du", "la période dure dix ans au plus")
        return self


class ModaliteCouverte(Reponse):
    """Combien de commerces proposent une modalité aujourd'hui."""

    modalite: Modalite
    fiches: int
    """Fiches publiées qui la proposent."""
    part: float | None
    """Des fiches publiées ; nulle s'il n'y en a pas."""


class CategoriePresente(Reponse):
    """Combien de commerces ont une catégorie pour principale."""

    code: str
    """Code de la taxonomie."""
    nom: str
    """Nom de la catégorie."""
    fiches: int
    """Fiches publiées dont elle est la catégorie principale."""


class Fraicheur(Reponse):
    """De quand datent les confirmations des fiches publiées."""

    age_median_jours: int | None
    """Âge médian des confirmations, en jours ; nul sans fiche."""
    moins_de_90_jours: int
    """Fiches confirmées il y a moins de 90 jours."""
    moins_de_180_jours: int
    """Fiches confirmées il y a moins de 180 jours."""
    moins_de_365_jours: int
    """Fiches confirmées il y a moins de 365 jours."""
    plus_ancienne: date | None
    """Jour de la plus ancienne des dernières confirmations ; nul sans fiche."""


class Mouvements(Reponse):
    """Ouvertures et fermetures d'établissements dans la période."""

    du: date
    """Premier jour de la période."""
    au: date
    """Dernier jour de la période, compris."""
    ouvertures: int
    """Établissements dont le premier jour est dans la période."""
    fermetures: int
    """Établissements dont le dernier jour est dans la période."""
    sans_date_d_ouverture: int
    """Établissements en activité dont on ne sait pas le premier jour : ils ne comptent pas."""


class Indicateurs(Reponse):
    """Les commerces d'une commune, ou d'un arrondissement de Paris, en chiffres."""

    code: str
    """Code INSEE d'aujourd'hui."""
    nom: str
    """Nom de la commune ou de l'arrondissement."""
    fiches: int
    """Fiches publiées."""
    horaires_connus: int
    """Dont au moins une modalité a des horaires compris."""
    modalites: list[ModaliteCouverte]
    mouvements: Mouvements
    fraicheur: Fraicheur
    categories: list[CategoriePresente]
    """De la plus fréquente à la moins fréquente."""
