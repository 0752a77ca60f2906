"""Opening hours for properties: any that our form can say, and instants where they may change."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from hypothesis import assume
from hypothesis import strategies as st
from pydantic import ValidationError

from services.commerces.horaires import Agenda, etat_de
from services.commerces.ouvertures import INCONNUES
from shared.schemas.commerces_horaires import Horaires
from shared.schemas.commun import JOURS, PARIS, Ouverture
from shared.territoire import holidays

CONDITIONS = st.sampled_from([None, None, None, "sur rendez-vous", "selon arrivage ; || à + midi"])
MOTIFS = st.sampled_from([None, "congés", "veille de Noël", "travaux"])
YEARS = (2026, 2027)
DAYS = st.dates(date(YEARS[0], 1, 1), date(YEARS[-1], 12, 31)) | st.sampled_from(
    [day for year in YEARS for day in holidays(year)]
)


agenda = lru_cache(maxsize=4096)(Agenda)


def etat(hours, moment):
    """The state of some hours at an instant; None: they are not known."""
    return etat_de(None if hours is None else agenda(hours), moment)


def ouverture(hours, moment):
    """The same, and no more."""
    return Ouverture.INCONNU if hours is None else agenda(hours).at(moment)[0]


def text_of(hours):
    """Hours as they are kept by number: as JSON, of which equal ones have one text."""
    return INCONNUES if hours is None else hours.model_dump_json(exclude_defaults=True)


def clock(minute: int) -> str:
    return "24:00" if minute == 1440 else f"{minute // 60 % 24:02}:{minute % 60:02}"


@st.composite
def slots(draw, *, least: int = 0, conditions=CONDITIONS):
    """The slots of a day; the last may run into the night."""
    quarters = draw(st.lists(st.integers(0, 111), min_size=2 * least, max_size=6, unique=True))
    edges = sorted(quarters)[: len(quarters) // 2 * 2]
    pairs = [(start * 15, end * 15) for start, end in zip(edges[::2], edges[1::2], strict=True)]
    return [
        {"de": clock(start), "a": clock(end), "condition": draw(conditions)}
        for start, end in pairs
        if start < 1440 and end - start < 1440
    ]


@st.composite
def exceptions(draw):
    creneaux = draw(slots())
    du = draw(DAYS)
    sure = not creneaux or any(slot["condition"] is None for slot in creneaux)
    return {
        "du": du,
        "au": draw(st.none() | st.just(du + timedelta(days=draw(st.integers(0, 20))))),
        "creneaux": creneaux,
        "motif": draw(MOTIFS) if sure else None,
    }


ANNUAL = st.dates(date(2024, 1, 1), date(2024, 12, 31)).map(lambda day: f"{day:%m-%d}")
CLOSURES = st.fixed_dictionaries({"du": ANNUAL, "au": ANNUAL, "motif": MOTIFS})


@st.composite
def all_hours(draw):
    """Any hours; those that contradict themselves are left out."""
    kinds = draw(st.lists(slots(), min_size=1, max_size=3))
    semaine = {jour: draw(st.sampled_from(kinds)) for jour in JOURS}
    politique = draw(st.sampled_from(["ouvert", "ferme", "propres", "inconnu"]))
    feries = {"politique": politique}
    if politique == "propres":
        feries["creneaux"] = draw(slots(least=1))
    try:
        return Horaires.model_validate(
            {
                "semaine": semaine,
                "feries": feries,
                "fermetures": draw(st.lists(CLOSURES, max_size=2)),
                "exceptions": draw(st.lists(exceptions(), max_size=3)),
            }
        )
    except ValidationError:
        assume(False)


@st.composite
def moments(draw):
    """Quarters of an hour, near holidays and the two nights the clocks change more often."""
    nights = [date(2026, 3, 29), date(2026, 10, 25), date(2027, 3, 28), date(2027, 10, 31)]
    day = draw(DAYS | st.sampled_from(nights))
    start = datetime(day.year, day.month, day.day, tzinfo=PARIS).astimezone(UTC)
    return start + timedelta(minutes=15 * draw(st.integers(-8, 104)))
