"""French prose: read when the whole of it is sure, left otherwise."""

import csv
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.commerces.horaires_osm import from_osm, to_osm
from services.commerces.prose import lire_prose
from shared.schemas.commun import JOURS

SILENT = '; PH unknown "jour férié"'


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Du lundi au samedi de 8h30 à 19h00", "Mo-Sa 08:30-19:00" + SILENT),
        ("7J/7 de 11H à 22H", "Mo-Su 11:00-22:00" + SILENT),
        ("24-juil.", "24/7"),
        ("Ouvert 7 jours sur 7, de 11 h à 18 h.", "Mo-Su 11:00-18:00" + SILENT),
        (
            "Mardi : 18h-23h\nMercredi - jeudi : 11h-23h\nVendredi-samedi : 11h-01h",
            "Tu 18:00-23:00, We-Th 11:00-23:00, Fr-Sa 11:00-01:00" + SILENT,
        ),
        (
            "Du lundi au samedi de 11h à 13h et de 14h à 20h",
            "Mo-Sa 11:00-13:00,14:00-20:00" + SILENT,
        ),
        ("8h à 20h du lundi au samedi", "Mo-Sa 08:00-20:00" + SILENT),
        ("Tous les jours sauf lundi de 12h à 15h", "Tu-Su 12:00-15:00" + SILENT),
        ("Tous les jours de 12h à 15h sauf le lundi", "Tu-Su 12:00-15:00" + SILENT),
        ("Mardi au samedi 10h-19h, fermé dimanche et lundi", "Tu-Sa 10:00-19:00" + SILENT),
        ("Dimanche & Lundi => Fermé, mardi-samedi 9h/12h", "Tu-Sa 09:00-12:00" + SILENT),
        (
            "Lundi 13-19h, mardi-samedi 10-19h et dimanche 11-19h30",
            "Mo 13:00-19:00; Tu-Sa 10:00-19:00; Su 11:00-19:30" + SILENT,
        ),
        ("du lundi au samedi de midi à minuit", "Mo-Sa 12:00-24:00" + SILENT),
        ("Du mardi au dimanche de 9h à 19h, fermé les jours fériés", "Tu-Su 09:00-19:00; PH off"),
        ("Du lundi au vendredi et jours fériés 9h-18h", "Mo-Fr 09:00-18:00; PH 09:00-18:00"),
        ("ouvert du lundi au vendredi de 9heures 30 à 15h", "Mo-Fr 09:30-15:00" + SILENT),
        ("Mardi au samedi 9h-12h 14h-19h", "Tu-Sa 09:00-12:00,14:00-19:00" + SILENT),
        ("9h-19h : mardi, jeudi et samedi", "Tu,Th,Sa 09:00-19:00" + SILENT),
        ("Lu-Ve 9h-18h, sa 9h-12h", "Mo-Fr 09:00-18:00; Sa 09:00-12:00" + SILENT),
        ("samedi/dimanche 9h-12h", "Sa-Su 09:00-12:00" + SILENT),
        ("Les lundis, mar. et jeu. entre 10:30 et 12:00", "Mo-Tu,Th 10:30-12:00" + SILENT),
        ("Lundi fermé mardi 9h-12h mercredi fermé jeudi 9h-12h", "Tu,Th 09:00-12:00" + SILENT),
        ("Lundi - Fermé\nMardi - 9h-12h", "Tu 09:00-12:00" + SILENT),
        ("Horaires d'ouverture : lundi fermé, mardi 9h-12h", "Tu 09:00-12:00" + SILENT),
        ("mardi,\nmercredi et jeudi 9h-12h", "Tu-Th 09:00-12:00" + SILENT),
        ("Lun-Sam 8h–18h · Dim 10h–16h", "Mo-Sa 08:00-18:00; Su 10:00-16:00" + SILENT),
        ("Lun-Sam: 9h-19h | Dim: 10h-17h", "Mo-Sa 09:00-19:00; Su 10:00-17:00" + SILENT),
        (
            "• Mardi - Samedi : 12h-14h30 / 19h-22h30\n• Dimanche : 12h-15h\n• Lundi : Fermé",
            "Tu-Sa 12:00-14:30,19:00-22:30; Su 12:00-15:00" + SILENT,
        ),
        ("24h/24 - 7j/7", "24/7"),
        ("7/7 24h/24", "24/7"),
        ("Ouverte 24h/24", "24/7"),
        ("Tous les jours sauf le mardi · 7h–14h", "Mo,We-Su 07:00-14:00" + SILENT),
        ("Mardi (10h-18h)", "Tu 10:00-18:00" + SILENT),
        ("lundi (9h-12h / 14h-19h)", "Mo 09:00-12:00,14:00-19:00" + SILENT),
        ("Du mardi au samedi (10h-19h)", "Tu-Sa 10:00-19:00" + SILENT),
        ("Mercredi et samedi (de 7h à 14h)", "We,Sa 07:00-14:00" + SILENT),
        ("mardi (7h-14h30), vendredi (7h-15h)", "Tu 07:00-14:30; Fr 07:00-15:00" + SILENT),
        ("Lundi (fermé), mardi (9h-12h)", "Tu 09:00-12:00" + SILENT),
        ("8h-20h (lundi-samedi)", "Mo-Sa 08:00-20:00" + SILENT),
        ("samedi soir 18h-2h", "Sa 18:00-02:00" + SILENT),
        (
            "Du mardi au samedi, le midi 12h-14h30 et le soir : 19h-22h30",
            "Tu-Sa 12:00-14:30,19:00-22:30" + SILENT,
        ),
        ("lundi de midi à 14h, mardi midi-14h", "Mo-Tu 12:00-14:00" + SILENT),
        (
            "mardi 9h-midi 14h-19h, jeudi 9h à midi",
            "Tu 09:00-12:00,14:00-19:00; Th 09:00-12:00" + SILENT,
        ),
        ("Du mardi au samedi 10h-19h (fermé dimanche et lundi)", "Tu-Sa 10:00-19:00" + SILENT),
        ("Tous les jours (sauf lundi) de 12h à 15h", "Tu-Su 12:00-15:00" + SILENT),
        ("TLJ de 12h à 15h (sauf le lundi)", "Tu-Su 12:00-15:00" + SILENT),
        ("Mardi au samedi : 10h - 19h (sans interruption)", "Tu-Sa 10:00-19:00" + SILENT),
        ("samedi matin 8h-13h", "Sa 08:00-13:00" + SILENT),
        (
            "mardi matin de 9h à 12h et l’après-midi de 14h à 18h",
            "Tu 09:00-12:00,14:00-18:00" + SILENT,
        ),
        ("lundi → samedi : 9h → 19h", "Mo-Sa 09:00-19:00" + SILENT),
        ("Lundi : 9h-12h<br />Mardi : fermé<br>", "Mo 09:00-12:00" + SILENT),
    ],
)
def test_what_is_sure_is_read(text, written) -> None:
    found = lire_prose(text)
    assert found is not None
    assert to_osm(found) == written


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Mar Mer Jeu",
        "Du lundi au dimanche inclus",
        "de 9h à 18h",
        "lundi · samedi 9h-18h",
        "Lundi–Dimanche 08h00–20h00, urgences 24h/24 7j/7",
        "7j/7",
        "lundi | samedi 9h-18h",
        "7h – 20h · Tous les jours · fermé",
        "mardi · fermé · jeudi 9h-12h · lundi",
        "Fermé le lundi",
        "Dimanche & Lundi => Fermé",
        "Horaire pour prise de commande : tous les jours de 9h à 14h",
        "Ouvert 7J/7 de 11H à 22H. Commandez vos pizzas au 09 86 15 32 91.",
        "Du lundi au samedi 9h-19h et le dimanche matin",
        "Livraison du mardi au samedi de 11h à 15h",
        "de 11h à 9h du lundi au samedi",
        "du lundi au vendredi 9h à 25h",
        "du lundi au vendredi 9h à 24h30",
        "lundi 9h-12h, 11h-14h",
        "lundi et mardi 9h-12h lundi 14h-18h",
        "lundi lundi 9h-12h",
        "fermé lundi, mardi 9h-12h",
        "lundi fermé, lundi 9h-12h",
        "lundi 9h-12h, fermé le lundi",
        "lundi 9h-12h, fermé le mardi, mardi 9h-12h",
        "lundi, mardi fermé, mercredi fermé 9h-12h",
        "lundi 9h-12h mardi 9h-12h fermé mercredi sauf jeudi",
        "lundi 18h-3h, mardi 2h-9h",
        "lundi 9h-12h mardi fermé mardi 9h-12h",
        "tous les jours 9h-12h tous les jours",
        "lundi 9h-12h mardi 9h-10h lundi 9h-12h mercredi 9h-10h",
        "sauf lundi",
        "lundi 9h-12h sauf mardi",
        "9h-12h fermé le lundi",
        "9h-12h lundi mardi 9h-12h mercredi",
        "jours fériés 9h-12h",
        "lundi 9h-12h " * 100,
        "Fermé de 12h à 14h du lundi au vendredi",
        "Fermé de 12h à 14h du lundi au vendredi. Samedi 9h-12h",
        "fermé le lundi de 12h à 13h, mardi 14h-18h",
        "lundi fermé de 12h à 13h, mardi 14h-18h",
        "lundi 9h-12h. Fermé 12h-14h mardi",
        "lundi 14h-19h fermé",
        "lundi au vendredi 9h-19h sauf",
        "Tous les jours 10h-14h sauf dimanche 15h-20h",
        "lundi au vendredi 8h-12h sauf mercredi 13h-17h",
        "Lundi - Mercredi - Vendredi : 9h-12h",
        "lun/ven 9h-19h",
        "9h-17h lundi et mardi, mercredi 10h-12h",
        "9h-12h lundi, 14h-18h mardi, 19h-20h",
        "9h-19h le lundi, samedi fermé, fermé dimanche",
        "9h-17h mardi, mercredi et vendredi ; lundi : fermé",
        "Du mardi au samedi, fermé le lundi, 9h-19h",
        "Ouvert du mardi au samedi. Fermé dimanche et lundi. 9h-19h",
        "mardi au samedi - fermé dimanche et lundi - 10h-19h",
        "Du mardi au samedi fermé le lundi : 9h-19h",
        "Du lundi au vendredi fermé samedi, dimanche 9h-19h",
        "ouvert mardi fermé mercredi 9h-12h",
        "lundi > samedi 9h-19h",
        "mar>sam 10h-19h",
        "lundi => samedi 9h-19h",
        "lundi...samedi 9h-19h",
        "lundi : samedi 9h-19h",
        "lun.sam. 9h-19h",
        "lundi 9h-19h\nmardi\nmercredi 9h-12h",
        "lundi : mardi : 9h-19h",
        "lundi 9h-12h ; mercredi ; jeudi 9h-19h",
        "dimanche :\njours fériés : 9h-12h",
        "vendredi 9h-12h\nsamedi -\ndimanche 9h-12h",
        "mardi : \nmercredi : fermé\njeudi 9h-12h",
        "mardi 10h et 16h",
        "lundi, mardi (10h-18h)",
        "lundi mardi et mercredi (10h-18h)",
        "mardi (10h-12h) 14h-18h",
        "mardi (10h-12h",
        "mardi 10h-12h)",
        "mardi ((10h-12h))",
        "9h-12h (14h-19h) lundi",
        "mardi, (10h-12h)",
        "Tous les jours (sauf lundi 9h-12h)",
        "Tous les jours (sauf) lundi 9h-12h",
        "Tous les jours 12h-15h (sauf le lundi) 18h-22h",
        "Tous les jours (sauf lundi), mardi 9h-12h",
        "lundi (fermé, mardi 9h-12h)",
        "mardi (et mercredi) 9h-12h",
        "lundi 10h-19h (12h-14h fermé)",
        "lundi 10h-19h (mardi)",
        "9h-12h lundi (mardi)",
        "Du mardi au dimanche : 8h à 19h (dimanche : 8h à 13h)",
        "lundi matin",
        "Fermé lundi matin, mardi-samedi 9h-19h",
        "Fermé le lundi matin de 9h à 12h, mardi 9h-12h",
        "lundi après-midi 2h-6h",
        "lundi matin 9h-19h",
        "du mardi au dimanche matin 9h-13h et 15h-19h",
        "mardi et mercredi matin : 9h-13h / 15h-19h",
        "lundi midi 14h",
        "lundi midi 9h-14h",
        "midi et soir",
        # Read with a way back, its spaces would take minutes.
        "24 / 24 , 7 / 7 x".replace(" ", " " * 130),
    ],
)
def test_what_is_not_sure_is_left(text) -> None:
    assert lire_prose(text) is None


@given(
    st.dictionaries(st.sampled_from(JOURS), st.tuples(st.integers(6, 12), st.integers(13, 23))),
    st.sampled_from(["{} : {}h-{}h", "le {} de {}h à {}h", "{} {}h00 / {}:00"]),
    st.sampled_from([", ", "\n", " et ", " ; "]),
)
def test_a_week_in_words_is_that_week(week, form, between) -> None:
    text = between.join(form.format(jour, *hours) for jour, hours in week.items())
    found = lire_prose(text)
    if not week:
        assert found is None
        return
    assert found is not None
    for jour in JOURS:
        slots = [(slot.de, slot.a) for slot in getattr(found.semaine, jour)]
        expected = [(f"{week[jour][0]:02}:00", f"{week[jour][1]:02}:00")] if jour in week else []
        assert slots == expected


SLOTS = st.sampled_from(
    [[], [("9", "13")], [("14", "19")], [("9", "12"), ("14", "18")], [("7", "21")]],
)


MARKS = st.tuples(
    st.sampled_from(["{}h", "{}h00", "{}:00", "{} h", "{} heures", "{}H"]),
    st.sampled_from(["-", " à ", " – ", " / "]),
    st.sampled_from([" et ", ", ", " / ", " puis ", " "]),
    st.sampled_from([" : ", " ", ": ", " - "]),
    st.sampled_from(["\n", "; ", ". ", ", ", " / ", " | "]),
    st.sampled_from(["fermé", "FERMÉ", "-"]),
)


@given(
    st.lists(SLOTS, min_size=7, max_size=7),
    st.sampled_from([str.title, str.upper, lambda jour: jour[:3], lambda jour: f"{jour[:3]}."]),
    MARKS,
)
def test_a_week_as_lists_write_it_is_that_week_or_left(week, write, marks) -> None:
    """Whatever marks it is made of: most of them are read, and none as another week."""
    hour, to, also, after, between, closed = marks
    days = [also.join(to.join(map(hour.format, slot)) for slot in slots) for slots in week]
    text = between.join(
        f"{write(jour)}{after}{told or closed}" for jour, told in zip(JOURS, days, strict=True)
    )
    found = lire_prose(text)
    for jour, slots in zip(JOURS if found else (), week, strict=False):
        told = [(slot.de, slot.a) for slot in getattr(found.semaine, jour)]
        assert told == [(f"{start:0>2}:00", f"{end:0>2}:00") for start, end in slots]


@given(
    st.lists(st.sampled_from(JOURS), min_size=1, max_size=7, unique=True),
    st.sampled_from([", ", " et ", " / ", " - ", " "]),
    st.sampled_from(["9h-19h : {}", "{} : 9h-19h"]),
)
def test_days_in_a_row_are_those_days_or_left(days, between, form) -> None:
    found = lire_prose(form.format(between.join(days)))
    if found is None:
        assert between in {" / ", " - "}
        return
    if between == " - " and len(days) > 1:
        first, last = map(JOURS.index, days)
        days = [JOURS[(first + step) % 7] for step in range((last - first) % 7 + 1)]
    assert {jour for jour in JOURS if getattr(found.semaine, jour)} == set(days)


WORDS = st.sampled_from(
    [
        *("du lundi au samedi", "mardi", "le dimanche", "lun-ven", "tous les jours"),
        *("7j/7", "jours fériés", "de 9h à 12h", "14h-19h30", "10:00-13:00", "22h - 2h"),
        *("fermé", "sauf", "et", "à", "12h"),
    ]
)


@given(
    st.tuples(st.lists(WORDS, max_size=7), st.sampled_from([" ", ", ", " : ", "\n", " / "])).map(
        lambda said: said[1].join(said[0])
    )
    | st.text(alphabet="lundimarsfe 0123456789hà-/,.:")
)
def test_any_text_is_read_or_left(text) -> None:
    """What is read is said as `opening_hours` has it, and is that again."""
    found = lire_prose(text)
    if found is not None:
        assert to_osm(from_osm(to_osm(found))) == to_osm(found)


def test_signs_without_days_are_soon_given_up() -> None:
    assert lire_prose("lundi" + ", " * 60 + ". mardi 9h-12h") is None


def test_the_real_files(donnees_reelles) -> None:
    """Few descriptions are hours and nothing else; none of these is misread."""
    folder = donnees_reelles / "commerces"
    with (folder / "paris-commercants-livraison_2020-12.csv").open(encoding="utf-8-sig") as file:
        december = [row["Description"] for row in csv.DictReader(file, delimiter=";")]
    may = json.loads((folder / "paris-commercants-livraison_2020-05.json").read_text())
    texts = (december, [record["fields"].get("precisions", "") for record in may])
    counts = [(len(some), sum(lire_prose(text) is not None for text in some)) for some in texts]
    assert counts == [(2354, 8), (919, 3)]
    assert {text: to_osm(found) for text in december if (found := lire_prose(text))} == {
        "Du Lundi au vendredi / de 17h à 22h": "Mo-Fr 17:00-22:00" + SILENT,
        "Mardi-vendredi 12h-14h.  18h30-21h\nSamedi- dimanche   12h -14h": (
            "Tu-Fr 12:00-14:00,18:30-21:00; Sa-Su 12:00-14:00" + SILENT
        ),
        "Du lundi au samedi de 11h à 13h et de 14h à 20h": "Mo-Sa 11:00-13:00,14:00-20:00" + SILENT,
        "Lundi – samedi : 10h-19h": "Mo-Sa 10:00-19:00" + SILENT,
        "Mardi - samedi : 10h00 – 19h30": "Tu-Sa 10:00-19:30" + SILENT,
        "Lundi- samedi : 10h-20h\nDimanche 12h-19h": "Mo-Sa 10:00-20:00; Su 12:00-19:00" + SILENT,
        "Mardi, mercredi, vendredi, samedi : 10h30 – 19h00  \nJeudi : 10h30 – 14h30": (
            "Tu-We,Fr-Sa 10:30-19:00; Th 10:30-14:30" + SILENT
        ),
        "Ouvert du lundi au vendredi de 9h30 a 18h": "Mo-Fr 09:30-18:00" + SILENT,
    }
