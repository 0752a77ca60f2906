"""Breakdown of a programme's progress by commune, territory, operator, month or power band."""

from calendar import monthrange
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date

from services.bornes import programmes
from services.bornes.bandes import BANDES_KW, LIBELLES_KW
from services.bornes.deploiement.presences import PREFIXE, Presence, count
from services.bornes.deploiement.releve import Au, Releve, declared
from services.bornes.deploiement.rythme import COUNTED_BY_IRVE
from shared import territoire
from shared.schemas.bornes_deploiement import Decoupage, LigneAvancement, Unite
from shared.schemas.bornes_sites import VueSite
from shared.schemas.commun import MOIS

SANS_OPERATEUR = "Sans préfixe d'opérateur"
Key = Callable[[Presence], str]


def rows(releve: Releve, unite: Unite, par: Decoupage) -> list[LigneAvancement]:
    """The rows of one split; those out of the perimeter are shown last."""
    match par:
        case Decoupage.COMMUNE:
            return list(_communes(releve, unite))
        case Decoupage.EPT:
            return list(_territories(releve, unite))
        case Decoupage.OPERATEUR:
            return list(_operators(releve, unite))
        case Decoupage.BANDE:
            return list(_bands(releve, unite))
        case Decoupage.MOIS:
            return list(_months(releve, unite))


def _communes(releve: Releve, unite: Unite) -> Iterator[LigneAvancement]:
    split = _Split(releve, unite, lambda p: p.commune or "", programmes.commune_today)
    order = sorted(territoire.communes(), key=lambda c: (c.code not in releve.perimetre, c.code))
    for commune in order:
        yield split.row(commune.code, commune.nom, inside=commune.code in releve.perimetre)


def _territories(releve: Releve, unite: Unite) -> Iterator[LigneAvancement]:
    of = {commune.code: commune.territoire for commune in territoire.communes()}
    inside = {of[code] for code in releve.perimetre}
    split = _Split(
        releve,
        unite,
        lambda p: of.get(p.commune or "", ""),
        lambda code: of.get(programmes.commune_today(code) or ""),
    )
    order = sorted(territoire.territoires(), key=lambda ept: ept.code not in inside)
    for ept in order:
        yield split.row(ept.code, ept.nom, inside=ept.code in inside)


def _operators(releve: Releve, unite: Unite) -> Iterator[LigneAvancement]:
    """Operators of the perimeter by AFIREV prefix, the largest first."""
    inside = [p for p in releve.inside(retained=False) if p.is_there(releve.au)]
    names: dict[str, Counter[str]] = {}
    for presence in inside:
        names.setdefault(_prefix(presence), Counter())[presence.operateur] += 1
    for site in releve.sites:
        names.setdefault(site.prefixe, Counter())
    split = _Split(releve, unite, _prefix, None, only_inside=True)
    for prefix, called in sorted(names.items(), key=lambda item: (-item[1].total(), item[0])):
        name = called.most_common(1)[0][0] if called else prefix
        yield split.row(prefix, name if prefix.startswith("FR") else SANS_OPERATEUR, inside=True)


def _prefix(presence: Presence) -> str:
    return presence.point[:PREFIXE] if presence.point.startswith("FR") else "NC"


def _bands(releve: Releve, unite: Unite) -> Iterator[LigneAvancement]:
    split = _Split(releve, unite, lambda p: BANDES_KW[p.bande][0], None, only_inside=True)
    opened = [
        one.situation.pdc
        for one in releve.sites_on(releve.au)
        if one.situation.vue is VueSite.EN_SERVICE
    ]
    for place, (code, _) in enumerate(BANDES_KW):
        row = split.row(code, LIBELLES_KW[code], inside=True)
        told = sum(pdc[place] for pdc in opened) if unite is Unite.PDC else None
        yield row.model_copy(update={"declare": told})


def _months(releve: Releve, unite: Unite) -> Iterator[LigneAvancement]:
    """The situation at the end of each month since the programme began."""
    days = list(month_ends(releve.programme.date_lancement, releve.au))
    counted = unite in COUNTED_BY_IRVE
    retained, all_of_them = (
        count(releve.inside(retained=own), days, unite) if counted else [None] * len(days)
        for own in (True, False)
    )
    for place, day in enumerate(days):
        yield LigneAvancement(
            code=f"{day:%Y-%m}",
            libelle=f"{MOIS[day.month - 1]} {day.year}",
            dans_perimetre=True,
            declare=declared(releve.sites_on(day), unite)[0],
            reseau_retenu=retained[place],
            tous_operateurs=all_of_them[place],
        )


def month_ends(first: date, last: date) -> Iterator[date]:
    """The last day of each month from `first` on; `last` itself ends the list."""
    year, month = first.year, first.month
    while (end := date(year, month, monthrange(year, month)[1])) < last:
        yield end
        year, month = (year, month + 1) if month < len(MOIS) else (year + 1, 1)
    yield last


class _Split:
    """Counts of one day by key, worked out once for all rows."""

    def __init__(
        self,
        releve: Releve,
        unite: Unite,
        key: Key,
        place: Callable[[str], str | None] | None,
        *,
        only_inside: bool = False,
    ) -> None:
        self._releve = releve
        self._unite = unite
        self._points: dict[str, list[Presence]] = {}
        for presence in releve.presences:
            if not only_inside or presence.commune in releve.perimetre:
                self._points.setdefault(key(presence), []).append(presence)
        self._sites: dict[str | None, list[Au]] = {}
        for one in releve.sites_on(releve.au):
            where = place(one.site.commune) if place else one.site.prefixe
            self._sites.setdefault(where, []).append(one)

    def row(self, code: str, libelle: str, *, inside: bool) -> LigneAvancement:
        points = self._points.get(code, [])
        counted = self._unite in COUNTED_BY_IRVE
        retained = [presence for presence in points if self._releve.is_retained(presence)]
        return LigneAvancement(
            code=code,
            libelle=libelle,
            dans_perimetre=inside,
            declare=declared(self._sites.get(code, []), self._unite)[0],
            reseau_retenu=self._count(retained) if counted else None,
            tous_operateurs=self._count(points) if counted else None,
        )

    def _count(self, points: list[Presence]) -> int:
        return count(points, [self._releve.au], self._unite)[0]
