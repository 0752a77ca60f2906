"""Quick looks at ordinary cells say what their full reading says; one line is one text."""

import re
import unicodedata
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.commerces import mots
from services.commerces.imports import detail, nettoyage, sites, situations
from services.commerces.imports.copie import echappe
from services.commerces.imports.fichier import Enregistrement
from services.commerces.imports.lignes import Lecteur
from services.commerces.imports.memoire import CELLULE_MAX, memo
from shared.schemas.commun import LIGATURES

NEVER, ALWAYS = re.compile("(?!)"), re.compile("")
ADDRESS = st.one_of(
    st.text(max_size=40),
    st.builds(
        "{} rue X{}{}".format,
        st.integers(1, 99),
        st.text(",; ", max_size=2),
        st.text("0179 FParis", max_size=14),
    ),
)
SCHEME = st.sampled_from(["https://", "http://", "https//", "HTTP://", "ftp://", "www.", ""])
END = st.text("frcom9", min_size=1, max_size=4)
PATH = st.text("/http:?=a@.&é ", max_size=8)


def both(module, name, pattern, read):
    """What is read with a quick look, and what without it."""
    quick = read()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, name, pattern)
        return quick, read()


@given(st.builds("{}{}.{}{}".format, SCHEME, st.text("aw.-9", max_size=8), END, PATH))
@example("http://exemple.fr/?retour=https")
@example("https://http.fr")
@example("https://www.epicery.com/epiceries/essai")
@example("https://m.facebook.com/essai")
@example("https://exemple.fr/" + "x" * 500)
def test_ordinary_web_addresses(received):
    quick, full = both(sites, "_ORDINARY", NEVER, lambda: sites.sites("site", received))
    assert quick == full


@given(st.builds("{}@{}.{}".format, st.text("ab.+-/,", max_size=6), st.text("a9.- "), END))
@example("a@" + "b" * 60 + ("." + "c" * 60) * 3 + ".fr")
def test_ordinary_mail_addresses(received):
    quick, full = both(
        nettoyage, "_ORDINARY_MAIL", NEVER, lambda: nettoyage.courriels("courriel", received)
    )
    assert quick == full


@given(st.text(max_size=60) | st.text("a <\u00a0é\u0301\ufffd-", max_size=8))
def test_tidy_texts(received):
    if nettoyage.is_tidy(received, 50):
        slow = re.sub(r"\s+", " ", unicodedata.normalize("NFC", received)).strip()
        assert (slow, len(received) <= 50) == (received, True)
        assert received.casefold() not in nettoyage.VIDES


@given(ADDRESS)
@example("1 rue X, 75011 Paris")
def test_postcodes_in_addresses(received):
    quick, full = both(
        situations, "_SOME_POSTCODE", ALWAYS, lambda: situations.situer({}, received, None)
    )
    assert quick == full


@given(st.text(max_size=60) | st.text("lundimarsveh7j/ 9:", max_size=20))
@example("Ouvert le SAMEDI")
@example("dès neuf heures, 7/7")
def test_hours_that_a_description_tells(received):
    quick, full = both(
        detail, "_DI", ALWAYS, lambda: detail.heures_de_description("description", received)
    )
    assert quick == full


@given(st.text(max_size=40))
@example("Œuf à la coque, ﬁn №")
@example("a\u034f\u0301")
def test_folding(text):
    parted = unicodedata.normalize("NFKD", text.casefold().translate(LIGATURES))
    expected = "".join(c for c in parted if not unicodedata.combining(c)).casefold()
    assert mots.fold(text) == expected


@given(st.text("\\\t\n\rné", max_size=12))
def test_what_copy_escapes(text):
    escaped = echappe(text)
    assert not set(escaped) & set("\t\n\r")
    letters = {"\\\\": "\\", r"\t": "\t", r"\n": "\n", r"\r": "\r"}
    assert re.sub(r"\\(.)", lambda found: letters[found[0]], escaped) == text


def test_only_short_cells_are_remembered():
    calls = []
    read = memo(lambda cell: calls.append(cell) or len(cell))
    long = "x" * (CELLULE_MAX + 1)
    assert [read("a"), read("a"), read(long), read(long)] == [1, 1, len(long), len(long)]
    assert calls == ["a", long, long]


class Shuffled(frozenset):
    """Columns that come as a process with another hash would give them."""

    def __iter__(self):
        return iter(sorted(super().__iter__(), reverse=True))


def test_a_line_is_the_same_in_every_process():
    values = {
        "nom": "Essai",
        "adresse": "1 rue de l'Essai",
        "code_postal": "75004",
        "position": "48.8566,2.3522",
        "livraison_zone": "rayon de 3 km",
        "livraison_minimum": "25",
        "livraison_frais": "2,50",
        "livraison_note": "Sur place",
    }
    columns = sorted(values)
    record = Enregistrement(2, values)
    lines = {
        Lecteur(kind(columns), date(2026, 11, 25)).lire(record) for kind in (frozenset, Shuffled)
    }
    reversed_columns = Lecteur(frozenset(columns), date(2026, 11, 25), textes=True)
    assert lines == {reversed_columns.lire(record)}
    assert '"zone"' in next(iter(lines))
