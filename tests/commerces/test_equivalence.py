"""Searches over columns keep exactly what a plain loop over the same listings keeps."""

from datetime import UTC, date, datetime, timedelta
from math import asin, cos, radians, sin, sqrt

import numpy as np
import orjson
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from services.commerces import taxonomie, tournees
from services.commerces.api.fiches import question_of
from services.commerces.demonstration import shops
from services.commerces.saisie import verify
from services.commerces.vitrine import segment
from shared import territoire
from shared.journal import EPOCH, ZERO
from shared.memory.segments import Version
from shared.memory.spatial import EARTH_RADIUS_M
from shared.schemas.commerces import CriteresFiches
from shared.schemas.commerces_gestion import FicheSaisie
from shared.schemas.commerces_horaires import Horaires
from shared.schemas.commerces_positions import lon_lat
from shared.schemas.commerces_valeurs import LabelCommerce, Modalite, Paiement
from shared.vitrine import vue
from tests.commerces.conftest import fiche_of
from tests.commerces.test_zones import plain_holds
from tests.examples import tried_on
from tests.horaires import ouverture

COUNT = 150
KEPT = ("nom", "categories", "description", "labels", "paiements", "accessibilites", "horaires")


def listings():
    """The fictive shops as rows, and as plain values."""
    found = []
    for number, shop in enumerate(shops(COUNT, seed=11), 1):
        checked = verify(FicheSaisie.model_validate(shop))
        plain = {name: checked.fiche[name] for name in KEPT} | {
            "lon": shop["lon"],
            "lat": shop["lat"],
            "code_postal": shop["code_postal"],
        }
        modalites = [
            {
                "genre": str(genre),
                "horaires": columns["horaires"],
                "zone": columns["zone"],
                # A third of them are of some months only.
                "du": date(2026, 3, 1) if number % 3 == 0 else None,
                "au": date(2026, 9, 30) if number % 3 == 0 else None,
            }
            for genre, columns in checked.modalites.items()
        ]
        found.append((number, plain, modalites))
    return found


LISTINGS = listings()
BASE, RECENT = LISTINGS[:120], LISTINGS[100:]


def rows(some):
    return [fiche_of(number, modalites=modalites, **plain) for number, plain, modalites in some]


@pytest.fixture(scope="module")
def versions():
    """The listings in one base, and the same with some of them changed since."""
    whole = Version.of(segment(rows(LISTINGS)))
    old = [(number, {**plain, "labels": []}, []) for number, plain, _ in BASE]
    changed = Version.of(segment(rows(old[:100]) + rows(old[100:]))).apply(
        [str(number) for number, _, _ in LISTINGS], segment(rows(LISTINGS))
    )
    half = Version.of(segment(rows(BASE))).apply(
        [str(number) for number, _, _ in RECENT], segment(rows(RECENT))
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tournees, "GROUP", 4)  # so that many listings are in none that is read
        yield whole, changed, half


def metres(one, other):
    """Great circle, spelled out."""
    (lon1, lat1), (lon2, lat2) = one, other
    half = (
        sin(radians(lat2 - lat1) / 2) ** 2
        + cos(radians(lat1)) * cos(radians(lat2)) * sin(radians(lon2 - lon1) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_M * asin(sqrt(half))


def codes_of(place):
    where = territoire.locate(*place)
    return {where.code_commune, where.code_arrondissement} if where else set()


def plain_serves(plain, modalite, asked):
    """True, False, or None when nothing says where the modality goes."""
    position = lon_lat(asked)
    if position is None:
        found = territoire.resolve(asked)
        codes, position = {found.commune.code, found.arrondissement}, territoire.point_of(asked)
    else:
        codes = codes_of(position)
    zone = modalite["zone"]
    if zone is None:
        return None if modalite["genre"] in {"livraison", "depannage_urgence"} else True
    match zone["type"]:
        case "communes":
            return bool(set(zone["codes"]) & codes)
        case "codes_postaux":
            communes = {c.code for p in zone["codes"] for c in territoire.communes_of_postcode(p)}
            arrondissements = {f"751{p[3:]}" for p in zone["codes"] if p.startswith("75")}
            return bool(((communes - {"75056"}) | arrondissements) & codes)
        case "rayon":
            return metres((plain["lon"], plain["lat"]), position) <= zone["rayon_m"]
        case _:
            return plain_holds(zone["geometrie"]["coordinates"][0], *position)


def plain_open(plain, modalite, moment):
    hours = modalite["horaires"] or plain["horaires"]
    state = ouverture(Horaires.model_validate(hours) if hours else None, moment)
    return {"ouvert": True, "ferme": False, "inconnu": None}[state]


def keeps(answer, inclure):
    return answer is True or (answer is None and inclure)


def plain_answers(plain, modalites, criteres):
    for name, values in (("labels", criteres.label), ("paiements", criteres.paiement)):
        if values and not set(values) & set(plain[name]):
            return False
    if criteres.categorie:
        above = {code for one in plain["categories"] for code in taxonomie.lineage(one)}
        if not above & set(criteres.categorie):
            return False
    asked = criteres.livre_a or criteres.a or criteres.modalite
    genres = criteres.modalite or (["livraison"] if criteres.livre_a else list(Modalite))
    day = (criteres.a or datetime.now(UTC)).date()
    return not asked or any(
        modalite["genre"] in genres
        and (modalite["du"] is None or modalite["du"] <= day <= modalite["au"])
        and (
            criteres.livre_a is None
            or keeps(plain_serves(plain, modalite, criteres.livre_a), criteres.inclure_inconnus)
        )
        and (
            criteres.a is None
            or keeps(plain_open(plain, modalite, criteres.a), criteres.inclure_inconnus)
        )
        for modalite in modalites
    )


COMMUNES = [commune.code for commune in territoire.communes()]
PLACES = st.one_of(
    st.sampled_from([f"{plain['lon']},{plain['lat']}" for _, plain, _ in LISTINGS]),
    st.tuples(st.floats(2.15, 2.6), st.floats(48.7, 49.0)).map(
        lambda place: f"{place[0]:.6f},{place[1]:.6f}"
    ),
    st.sampled_from([*COMMUNES, "75104", "75116", "93059"]),
)
# Noon: the day is the same in Paris and in UTC.
MOMENTS = st.integers(0, 366 * 24).map(
    lambda hours: datetime(2026, 1, 1, 12, 7, tzinfo=UTC) + timedelta(days=hours // 24)
)
CRITERES = st.fixed_dictionaries(
    {},
    optional={
        "livre_a": PLACES,
        "modalite": st.lists(st.sampled_from(list(Modalite)), min_size=1, max_size=3),
        "a": MOMENTS,
        "inclure_inconnus": st.booleans(),
        "categorie": st.lists(
            st.sampled_from(list(taxonomie.categories())), min_size=1, max_size=3
        ),
        "label": st.lists(st.sampled_from(list(LabelCommerce)), min_size=1, max_size=3),
        "paiement": st.lists(st.sampled_from(list(Paiement)), min_size=1, max_size=3),
    },
)
BOXES = st.sampled_from([None, (2.0, 48.5, 3.0, 49.2), (2.3, 48.8, 2.42, 48.9), (3, 49, 3.1, 49.1)])


def inside(plain, box):
    return box is None or (box[0] <= plain["lon"] <= box[2] and box[1] <= plain["lat"] <= box[3])


@tried_on(150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=CRITERES, box=BOXES)
def test_columns_keep_what_a_plain_loop_keeps(versions, asked, box):
    criteres = CriteresFiches.model_validate(asked)
    expected = {
        str(number)
        for number, plain, modalites in LISTINGS
        if inside(plain, box) and plain_answers(plain, modalites, criteres)
    }
    for version in versions:
        kept = version.select(question_of(criteres, vue(version, ZERO, EPOCH)).search, box)
        assert {version.id_at(row).decode() for row in kept.tolist()} == expected


@tried_on(60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=CRITERES, place=PLACES)
def test_what_is_laid_out_by_place_answers_as_whole_columns(versions, asked, place):
    criteres = CriteresFiches.model_validate({**asked, "livre_a": place})
    for version in versions:
        question = question_of(criteres, vue(version, ZERO, EPOCH))
        for segment_ in version.segments:
            parts = np.arange(len(segment_.parts))
            expected = question.serves(segment_, parts)
            assert np.array_equal(expected, question.serves(segment_, slice(None)))
            question.search(segment_, None)
            assert np.array_equal(question.serves(segment_, parts), expected)


def test_ready_fragments_are_the_listings(versions):
    version = versions[0]
    for number, plain, modalites in LISTINGS[:20]:
        segment_, row = version.find(str(number))
        feature = orjson.loads(segment_.table.texts["resume"][row][:-1])
        assert feature["properties"]["nom"] == plain["nom"]
        assert set(feature["properties"]["modalites"]) == {one["genre"] for one in modalites}
