"""The indicators of a commune's shops, from counts: defined in docs/indicateurs-commerces.md."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple

from services.commerces import taxonomie
from shared.problems import InvalidParameter
from shared.schemas.commerces_indicateurs import (
    PERIODE_MAX,
    CategoriePresente,
    Fraicheur,
    Indicateurs,
    ModaliteCouverte,
    Mouvements,
    QuestionIndicateurs,
)
from shared.schemas.commerces_valeurs import Modalite
from shared.territoire import Resolution

PERIODE: Final = timedelta(days=364)
"""From the first to the last of the 365 days counted by default."""


class Comptes(NamedTuple):
    """What is counted in the database."""

    ages: Sequence[int]
    """Days since each published listing was confirmed."""
    horaires_connus: int
    modalites: Mapping[str, int]
    categories: Mapping[str, int]
    ouvertures: int
    fermetures: int
    sans_date: int


def periode(question: QuestionIndicateurs, today: date) -> tuple[date, date]:
    """First and last day asked about."""
    au = question.au or (max(today, question.du) if question.du else today)
    du = question.du or au - PERIODE
    if (au - du).days >= PERIODE_MAX:
        raise InvalidParameter("du", "La période dure dix ans au plus.")
    return du, au


def indicateurs(
    lieu: Resolution, comptes: Comptes, *, du: date, au: date, today: date
) -> Indicateurs:
    """The indicators of a commune, or of an arrondissement of Paris."""
    fiches = len(comptes.ages)
    categories = taxonomie.categories()
    ordered = sorted(comptes.categories.items(), key=lambda one: (-one[1], one[0]))
    return Indicateurs(
        code=lieu.code,
        nom=lieu.nom,
        fiches=fiches,
        horaires_connus=comptes.horaires_connus,
        modalites=[
            ModaliteCouverte(
                modalite=genre,
                fiches=comptes.modalites.get(genre, 0),
                part=round(comptes.modalites.get(genre, 0) / fiches, 4) if fiches else None,
            )
            for genre in Modalite
        ],
        mouvements=Mouvements(
            du=du,
            au=au,
            ouvertures=comptes.ouvertures,
            fermetures=comptes.fermetures,
            sans_date_d_ouverture=comptes.sans_date,
        ),
        fraicheur=fraicheur(comptes.ages, today),
        categories=[
            CategoriePresente(code=code, nom=categories[code].nom, fiches=number)
            for code, number in ordered
        ],
    )


def fraicheur(ages: Sequence[int], today: date) -> Fraicheur:
    """How old confirmations are; the median of an even number is the younger of the two."""
    ordered = sorted(ages)
    return Fraicheur(
        age_median_jours=ordered[(len(ordered) - 1) // 2] if ordered else None,
        moins_de_90_jours=sum(age < 90 for age in ordered),  # noqa: PLR2004 its own name
        moins_de_180_jours=sum(age < 180 for age in ordered),  # noqa: PLR2004 the same
        moins_de_365_jours=sum(age < 365 for age in ordered),  # noqa: PLR2004 the same
        plus_ancienne=today - timedelta(days=ordered[-1]) if ordered else None,
    )
