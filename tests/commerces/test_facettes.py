"""Facets count what searches answer, value by value."""

from datetime import date

import pytest

from services.commerces.vitrine import segment
from shared.memory.segments import Version
from shared.schemas.commerces import FacettesFiches
from tests.commerces.test_recherche import (
    HOTEL_DE_VILLE,
    SEMAINE,
    SOIR,
    communes,
    livraison,
    rayon,
)


def test_facets_count_what_each_value_would_keep(ouvrir, faire):
    client = ouvrir(
        [
            faire(1, categories=["restaurant_japonais", "traiteur"], labels=["bio"]),
            faire(2, categories=["librairie"], lon=2.30, lat=48.93, modalites=[livraison()]),
        ]
    )
    answer = client.get("/facettes").json()
    FacettesFiches.model_validate(answer)
    counts = {
        name: {one["valeur"]: one["fiches"] for one in values}
        for name, values in answer["facettes"].items()
    }
    assert answer["fiches"] == 2
    assert counts["categorie"] == {
        "restauration": 1,
        "restaurant": 1,
        "restaurant_japonais": 1,
        "traiteur": 1,
        "culture_loisirs": 1,
        "librairie": 1,
    }
    assert counts["modalite"]["livraison"] == counts["modalite"]["comptoir"] == 1
    assert counts["label"]["bio"] == 1
    assert sum(counts["commune"].values()) == 2
    assert counts["arrondissement"] == {"75104": 1}
    assert_facets_are_searches(client, {})


def assert_facets_are_searches(client, asked):
    """Each count is what the search answers with that value instead of those asked."""
    answer = client.get("/facettes", params=asked).json()
    assert answer["fiches"] == client.get("/fiches", params=asked).json()["numberMatched"]
    for name, values in answer["facettes"].items():
        filtre = "commune" if name == "arrondissement" else name
        for one in values:
            kept = client.get("/fiches", params={**asked, filtre: one["valeur"]}).json()
            assert kept["numberMatched"] == one["fiches"], (name, one["valeur"], asked)


@pytest.mark.parametrize(
    "asked",
    [
        {"modalite": "livraison"},
        {"label": "bio"},
        {"categorie": "alimentation", "label": "bio,vrac", "modalite": "comptoir"},
        {"a": "2026-11-24T10:00"},
        {"a": "2026-11-24T10:00", "categorie": "alimentation"},
        {"a": "2026-11-24T10:00", "inclure_inconnus": "true", "ept": "T1"},
        {"a": "2026-11-24T10:00", "inclure_fermes": "true", "modalite": "livraison"},
        {"livre_a": HOTEL_DE_VILLE},
        {"livre_a": "93066", "a": "2026-11-24T10:00", "modalite": "drive,livraison"},
        {"commune": "75104"},
        {"commune": "75056", "paiement": "carte", "accessibilite": "fauteuil"},
        {"ept": "T6", "bbox": "2.2,48.8,2.5,48.95"},
        {"q": "commerce", "label": "bio"},
    ],
)
@pytest.mark.parametrize("changed", [False, True])
def test_facets_answer_as_searches_do(ouvrir, faire, asked, changed):
    shops = [
        faire(
            number,
            categories=[("epicerie", "fromagerie", "librairie")[number % 3]],
            labels=[["bio"], ["vrac", "artisan"], []][number % 3],
            paiements=["carte"] if number % 2 else ["especes"],
            accessibilites=["fauteuil"] if number % 4 else [],
            lon=2.3522 + (number % 5) / 1000,
            lat=48.8566 if number % 7 else 48.936,
            modalites=[
                {"genre": "comptoir", "horaires": SEMAINE if number % 3 else SOIR},
                livraison(zone=rayon(2_000) if number % 2 else communes("93066")),
                {"genre": "drive", "au": date(2026, 1, 1) if number % 2 else None},
            ][: 1 + number % 3],
        )
        for number in range(1, 25)
    ]
    client = ouvrir(shops)
    if changed:
        old = Version.of(segment([faire(n, labels=["halal"]) for n in range(1, 9)] + shops[8:20]))
        ids_ = [str(number) for number in (*range(1, 9), *range(21, 25))]
        client.etalage.show(old.apply(ids_, segment([*shops[:8], *shops[20:]])))
    assert_facets_are_searches(client, asked)
