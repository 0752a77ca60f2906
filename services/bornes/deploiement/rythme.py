"""Arithmetic of a count against a target: share, remainder, past pace, required pace."""

from datetime import date, timedelta

from shared.schemas.bornes_deploiement import UNITES, Comparaison, Objectif, Unite

MONTH_DAYS = 30.4375
"""Average month of four years, leap day included."""
MONTHS_OF_PACE = 12
LAST_YEAR = 100
"""A projection further away than this is no longer one."""
COUNTED_BY_IRVE = (Unite.PDC, Unite.STATION)


def a_year_before(day: date) -> date:
    """The same day one year before; 28 February for 29."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)


def monthly_pace(now: int, a_year_ago: int) -> float:
    """Average a month over the last twelve; negative when more was withdrawn than opened."""
    return (now - a_year_ago) / MONTHS_OF_PACE


def compare(
    objectif: Objectif | None,
    unite: Unite,
    valeur: int | None,
    *,
    au: date,
    rythme: float | None,
    sans_valeur: str,
) -> Comparaison:
    """The comparison, or the reason why there is none: two units never compare.

    `sans_valeur` says why there is no count, when there is none.
    """
    motif = _refusal(objectif, unite) if valeur is not None else sans_valeur
    if objectif is None or valeur is None or motif is not None:
        return _nothing(motif)
    left = max(0, objectif.valeur - valeur)
    days = (objectif.echeance - au).days
    needed = left / (days / MONTH_DAYS) if days > 0 else None
    projected, reached = None, None
    if rythme is not None:
        if days > 0:
            projected = max(0, int(valeur + rythme * days / MONTH_DAYS))
        reached = _reached(au, left, rythme)
    return Comparaison(
        comparable=True,
        motif=None,
        taux_pct=round(100 * valeur / objectif.valeur, 1),
        reste=left,
        jours_restants=days,
        rythme_mensuel_necessaire=None if needed is None else round(needed, 1),
        projection_a_l_echeance=projected,
        atteint_le=reached,
    )


def _reached(au: date, left: int, rythme: float) -> date | None:
    if left == 0 or rythme <= 0:
        return None
    days = left / rythme * MONTH_DAYS
    return au + timedelta(days=days) if days < LAST_YEAR * 365 else None


def _refusal(objectif: Objectif | None, unite: Unite) -> str | None:
    if objectif is None:
        return "Aucun objectif n'était en vigueur ce jour-là."
    if objectif.unite is not unite:
        return (
            f"L'objectif en vigueur est de {objectif.valeur} {UNITES[objectif.unite]} et le "
            f"compte est en {UNITES[unite]} : ces unités ne se comparent pas."
        )
    return None


def _nothing(motif: str | None) -> Comparaison:
    return Comparaison(
        comparable=False,
        motif=motif,
        taux_pct=None,
        reste=None,
        jours_restants=None,
        rythme_mensuel_necessaire=None,
        projection_a_l_echeance=None,
        atteint_le=None,
    )
