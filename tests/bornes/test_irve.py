"""Cells: what each column accepts, repairs and refuses."""

import itertools
import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.bornes.cellules import CODES, Cellule, Formule
from services.bornes.insee import situer
from services.bornes.irve import COLONNES, lire
from shared.horaires import parse
from shared.territoire import outline, resolve
from tests.factories import ROW

COLONNE = {colonne.name: colonne for colonne in COLONNES}


def read(nom: str, recu: str) -> tuple[str | None, list[str]]:
    valeur, constats = lire(COLONNE[nom], recu)
    return valeur, [constat.code for constat in constats]


@pytest.mark.parametrize("nom", ROW)
def test_a_flawless_cell_is_kept_without_finding(nom):
    assert lire(COLONNE[nom], ROW[nom]) == Cellule(ROW[nom] or None)


@pytest.mark.parametrize("spelling", ["true", "True", "TRUE", "1"])
def test_the_standard_s_spellings_of_true_are_no_repair(spelling):
    assert read("gratuit", spelling) == ("true", [])


@pytest.mark.parametrize(
    ("nom", "recu", "valeur", "codes"),
    [
        ("gratuit", "VRAI", "true", ["BOOL"]),
        ("gratuit", "non", "false", ["BOOL"]),
        ("gratuit", "peut-être", None, ["OPTI"]),
        ("paiement_acte", "peut-être", None, ["ILLI"]),
        ("paiement_acte", "", None, ["OBLI"]),
        ("puissance_nominale", "22.00", "22", []),
        ("puissance_nominale", ".5", "0.5", ["POWL"]),
        ("puissance_nominale", "22.", "22", []),
        ("puissance_nominale", ".", None, ["ILLI"]),
        ("puissance_nominale", "7,4", "7.4", ["NOMB"]),
        ("puissance_nominale", "22 kW", "22", ["NOMB"]),
        ("puissance_nominale", "7400", "7.4", ["WATT"]),
        ("puissance_nominale", "22000 W", "22", ["WATT"]),
        ("puissance_nominale", "2000", "2000", []),
        ("puissance_nominale", "1300", "1300", []),
        ("puissance_nominale", "2001", "2.001", ["WATT"]),
        ("puissance_nominale", "2000000", "2000", ["WATT"]),
        ("puissance_nominale", "2000001", None, ["POWU"]),
        ("puissance_nominale", "3000000 W", None, ["POWU"]),
        ("puissance_nominale", "2000 kW", "2000", ["NOMB"]),
        # What says its unit is believed: 4 kW would be a thousand times too little.
        ("puissance_nominale", "4000 kW", None, ["POWU"]),
        ("puissance_nominale", "2500 kVA", None, ["POWU"]),
        ("puissance_nominale", "1.3", "1.3", ["POWL"]),
        ("puissance_nominale", "1.31", "1.31", []),
        ("puissance_nominale", "-1", None, ["ILLI"]),
        ("puissance_nominale", "NaN", None, ["OBLI"]),
        ("puissance_nominale", "1e999", None, ["ILLI"]),
        ("nbre_pdc", "3", "3", []),
        ("nbre_pdc", "3.0", "3", ["NOMB"]),
        ("nbre_pdc", "3,5", None, ["ILLI"]),
        ("date_maj", "31/01/2024", "2024-01-31", ["DATE"]),
        ("date_maj", "2024-01-31T08:00:00+01:00", "2024-01-31", ["DATE"]),
        ("date_maj", "31/01/2024 10:20:00", "2024-01-31", ["DATE"]),
        ("date_maj", "2024/01/31", "2024-01-31", ["DATE"]),
        ("date_maj", "2024-1-5", "2024-01-05", ["DATE"]),
        ("date_maj", "01/31/2024", None, ["ILLI"]),
        ("date_maj", "31/01/24", None, ["ILLI"]),
        ("date_maj", "2024-02-30", None, ["ILLI"]),
        ("date_mise_en_service", "bientôt", None, ["OPTI"]),
        ("date_mise_en_service", "31/12/1899", None, ["OPTI"]),
        ("date_mise_en_service", "1900-01-01", "1900-01-01", []),
        ("date_mise_en_service", "2100-12-31", "2100-12-31", []),
        ("date_mise_en_service", "0203-05-01", None, ["OPTI"]),
        ("date_maj", "2101-01-01", None, ["ILLI"]),
        ("raccordement", "direct", "Direct", ["ENUM"]),
        ("accessibilite_pmr", "reserve  pmr", "Réservé PMR", ["ENUM"]),
        ("condition_acces", "Accès fermé", None, ["ILLI"]),
        ("id_pdc_itinerance", "FR*V75*E123", "FRV75E123", ["IDEN"]),
        ("id_pdc_itinerance", "FRV75P123", "FRV75P123", ["AFIE"]),
        ("id_station_itinerance", "ESZUNE1", "ESZUNE1", ["AFIP"]),
        ("id_pdc_itinerance", "Non concerné", "Non concerné", []),
        ("id_pdc_itinerance", "non concerne", "Non concerné", ["ENUM"]),
        ("id_pdc_itinerance", "?", None, ["ILLI"]),
        ("observations", "null", None, ["NULL"]),
        ("nom_station", "null", None, ["OBLI"]),
        ("siren_amenageur", "217500017", "217500017", ["SIRI"]),
        ("siren_amenageur", "000000000", "000000000", ["SIRI"]),
        ("siren_amenageur", "217 500 016", "217500016", ["IDEN"]),
        ("siren_amenageur", "217\u00a0500\u00a0017", "217500017", ["IDEN", "SIRI"]),
        ("siren_amenageur", "217500016.0", "217500016", ["IDEN"]),
        ("siren_amenageur", "217500017,0", "217500017", ["IDEN", "SIRI"]),
        ("siren_amenageur", "217 500 016 00019", "217500016", ["IDEN"]),
        ("siren_amenageur", "21750001600019", "217500016", ["IDEN"]),
        ("siren_amenageur", "21750001700019", None, ["OPTI", "AMEM"]),
        ("siren_amenageur", "12", None, ["OPTI", "AMEM"]),
        ("telephone_operateur", "", None, ["OPEM"]),
        ("telephone_operateur", "3,31235E+10", None, ["OPTI", "OPEM"]),
        ("telephone_operateur", "+33199001234", "+33199001234", []),
        ("num_pdl", "1.23457E+13", None, ["OPTI"]),
        ("telephone_operateur", "3.317239035E10", None, ["OPTI", "OPEM"]),
        ("id_pdc_local", "1.2E10", "1.2E10", []),
        ("id_pdc_local", "8E+10", None, ["OPTI"]),
        ("id_pdc_local", "B1E2", "B1E2", []),
        ("id_station_local", "1E10", "1E10", []),
        ("contact_operateur", "personne", None, ["ILLI"]),
        ("contact_operateur", "mailto:a@exemple.fr", "a@exemple.fr", ["ESPA"]),
        ("contact_operateur", "jean..dupont@exemple.fr", None, ["ILLI"]),
        ("contact_operateur", ".jean@exemple.fr", None, ["ILLI"]),
        ("contact_operateur", "jean.@exemple.fr", None, ["ILLI"]),
        ("contact_operateur", "j.d.e@exemple.fr", "j.d.e@exemple.fr", []),
        ("contact_amenageur", "jean..dupont@exemple.fr", None, ["OPTI", "AMEM"]),
        ("horaires", "Mo-Fr 08:00-19:00", "Mo-Fr 08:00-19:00", []),
        ("horaires", "sur rendez-vous", None, ["ILLI"]),
        ("horaires", "24h/24", "24/7", ["HORA"]),
        ("horaires", "24H/24 et 7j/7.", "24/7", ["HORA"]),
        ("horaires", "7 jours sur 7, 24 heures sur 24", "24/7", ["HORA"]),
        ("horaires", "24/24 - 7/7", "24/7", ["HORA"]),
        # A French spreadsheet took it for a day.
        ("horaires", "24-juil", "24/7", ["HORA"]),
        ("horaires", "24/07/2026", "24/7", ["HORA"]),
        ("horaires", "25/07/2026", None, ["ILLI"]),
        ("horaires", "24h/24 sauf le dimanche", None, ["ILLI"]),
        ("horaires", "24 / 24 , 7 / 7 x".replace(" ", " " * 220), None, ["ILLI"]),
        ("horaires", "7j/7 8h-20h", None, ["ILLI"]),
        ("horaires", "Lu-Ve 8h-18h; Sa 9h30-12h", "Lu-Ve 08:00-18:00; Sa 09:30-12:00", ["HORA"]),
        ("horaires", "Mo-Sa 08:00-20:00 ; Su off", "Mo-Sa 08:00-20:00", ["HORA"]),
        ("horaires", "Mo-Fr 8h-20h; Sa,Su closed", "Mo-Fr 08:00-20:00", ["HORA"]),
        # Without its end, the station would be open on holidays.
        ("horaires", "Mo-Sa 08:00-20:00; PH off", None, ["ILLI"]),
        ("horaires", " " * 3_000 + "x" + " " * 300_000 + "y", None, ["ILLI"]),
        (
            "horaires",
            "Mo-Fr 08:00-19:00;\r\n Sa 09:00-12:00",
            "Mo-Fr 08:00-19:00, Sa 09:00-12:00",
            ["ESPA"],
        ),
        ("horaires", "Mo-Fr\n08:00-19:00", "Mo-Fr, 08:00-19:00", ["ESPA"]),
        ("nom_station", " Gare ", "Gare", ["ESPA"]),
        (
            "observations",
            "\N{REPLACEMENT CHARACTER}tage",
            "\N{REPLACEMENT CHARACTER}tage",
            ["ACCE"],
        ),
        ("nom_station", "LÃ¨ze, place FranÃ§ois", "Lèze, place François", ["TEXT"]),
        ("nom_station", "fenÃªtre", "fenêtre", ["TEXT"]),
        ("nom_station", "Route d&#039;Argenteuil ", "Route d'Argenteuil", ["TEXT"]),
        ("nom_station", "CHÂTEAU & Cie; SÃO", "CHÂTEAU & Cie; SÃO", []),
        ("nom_station", "Gare\r\nde  Lyon", "Gare de  Lyon", ["ESPA"]),
        ("observations", "Gare\nde Lyon", "Gare\nde Lyon", []),
        ("condition_acces", "AccÃ¨s libre", "Accès libre", ["TEXT"]),
        ("condition_acces", "accÃ¨s libre", "Accès libre", ["TEXT", "ENUM"]),
        ("tarification", "0,40â‚¬/kWh", "0,40€/kWh", ["TEXT"]),
        ("contact_operateur", "a&amp;b@exemple.fr", "a&b@exemple.fr", ["TEXT"]),
        ("observations", "'- sans badge", "- sans badge", []),
        ("id_pdc_itinerance", "FRXXXE1\N{ZERO WIDTH SPACE}", "FRXXXE1", ["ESPA"]),
        ("id_pdc_itinerance", "FR\N{NON-BREAKING HYPHEN}V75\N{EN DASH}E1", "FRV75E1", ["IDEN"]),
        ("paiement_acte", "\N{ZERO WIDTH NO-BREAK SPACE}true", "true", ["ESPA"]),
        ("coordonneesXY", "\u202a[2.26,48.82]", "[2.26,48.82]", ["ESPA", "COPR"]),
        ("nom_station", "Sta\N{SOFT HYPHEN}tion", "Station", ["ESPA"]),
        ("nom_station", "\N{ZERO WIDTH SPACE}", None, ["OBLI"]),
        ("num_pdl", '="01234567890123"', "01234567890123", ["ESPA"]),
        ("paiement_acte", '="VRAI"', "true", ["BOOL"]),
        ("nom_operateur", "#N/A", None, ["NULL", "OPEM"]),
        ("nom_operateur", "#NOM?", None, ["NULL", "OPEM"]),
        ("nom_station", "#REF!", None, ["OBLI"]),
        ("nom_station", "Err:508", None, ["OBLI"]),
        # In a column that may have nothing, « NC » is nobody; in another it is a name.
        *(
            ("nom_operateur", absent, None, ["NULL", "OPEM"])
            for absent in ("NC", "n/a", "-", "—", "<Nul>", "Non renseigné", "néant", "Err:508")
        ),
        ("nom_station", "NC", "NC", []),
        ("observations", "Aucune", "Aucune", []),
        ("nom_operateur", "NCE", "NCE", []),
        ("code_insee_commune", "75104.0", "75104", ["NOMB"]),
        ("code_insee_commune", "75 104", "75104", ["IDEN"]),
        ("num_pdl", "01234567890123.0", "01234567890123", ["NOMB"]),
        ("id_pdc_local", "962411,0", "962411", ["NOMB"]),
        ("id_pdc_local", "962411.1", "962411.1", []),
        ("nom_station", "Ho\u0302tel", "Hôtel", ["ESPA"]),
        ("nom_operateur", "Re\u0301seau\u202fd’essai", "Réseau d’essai", ["ESPA"]),
        ("condition_acces", "Acce\u0300s libre", "Accès libre", ["ESPA"]),
        ("nom_operateur", '="Le ""Réseau"""', 'Le "Réseau"', ["ESPA"]),
        ("nom_station", "#Paris", "#Paris", []),
        ("num_pdl", "1.23457e+13", None, ["OPTI"]),
        ("coordonneesXY", "2,26, 48,82", "[2.26,48.82]", ["COEC", "COPR"]),
        ("date_maj", "45322", "2024-01-31", ["DATE"]),
        ("date_maj", "45322,5", "2024-01-31", ["DATE"]),
        ("date_maj", "20241", None, ["ILLI"]),
        ("date_maj", "75011", None, ["ILLI"]),
        ("date_maj", "2024-01-30T23:00:00.000Z", "2024-01-31", ["DATE"]),
        ("horaires", "Mo-Fr 08:00 - 19:00", "Mo-Fr 08:00-19:00", ["ESPA"]),
        ("horaires", "Mo-Fr 08:00\N{EN DASH}19:00", "Mo-Fr 08:00-19:00", ["ESPA"]),
        ("horaires", "24 / 7", "24/7", ["ESPA"]),
        ("code_insee_commune", "7510\N{ARABIC-INDIC DIGIT FOUR}", None, ["OPTI"]),
        ("siren_amenageur", "12345678\N{ARABIC-INDIC DIGIT THREE}", None, ["OPTI", "AMEM"]),
        ("observations", "x" * 2001, None, ["OPTI"]),
    ],
)
def test_cells(nom, recu, valeur, codes):
    assert read(nom, recu) == (valeur, codes)


def test_a_repair_tells_what_was_received_and_what_is_kept():
    (constat,) = lire(COLONNE["raccordement"], "direct ").constats
    assert constat == ("ENUM", "direct ", "Direct")


def test_a_warning_keeps_nothing_else():
    (constat,) = lire(COLONNE["siren_amenageur"], "217500017").constats
    assert constat == ("SIRI", "217500017", None)


@pytest.mark.parametrize("recu", ["=cmd()", "  =1+1", "\t=HYPERLINK(1)"])
@pytest.mark.parametrize("nom", ["observations", "nbre_pdc", "id_pdc_itinerance"])
def test_a_formula_is_no_value_anywhere(nom, recu):
    with pytest.raises(Formule):
        lire(COLONNE[nom], recu)


LIKELY = st.one_of(
    st.text(max_size=40),
    st.sampled_from([*ROW.values(), "VRAI", "48.8, 2.3", "7400", "3000000", "'-x", "null"]),
    st.floats().map(str),
    st.tuples(st.floats(-200, 200), st.floats(-200, 200)).map(lambda p: str(list(p))),
    st.dates().map(lambda d: d.strftime("%d/%m/%Y")),
    st.text(alphabet="MoSuPH 018h:-;,/24jof", max_size=30),
    st.text(alphabet="eéÃÂâ©§\xa0€&;amp#39=\n", max_size=12),
)


@given(st.sampled_from(COLONNES), LIKELY)
def test_reading_what_was_kept_changes_nothing(colonne, recu):
    try:
        valeur = lire(colonne, recu).valeur
    except Formule:
        return
    again, constats = lire(colonne, valeur or "")
    assert again == valeur
    assert not [c for c in constats if CODES[c.code].gravite == "reparation"]


@given(st.text(alphabet="MoSuPHFr 01824h:-;,off", max_size=30))
def test_hours_that_are_repaired_mean_the_same(recu):
    valeur, codes = read("horaires", recu)
    if "HORA" in codes and valeur != "24/7":
        assert parse(valeur) == parse(recu) is not None


@given(st.sampled_from(COLONNES), LIKELY)
def test_a_required_cell_has_a_value_or_an_error(colonne, recu):
    try:
        valeur, constats = lire(colonne, recu)
    except Formule:
        return
    errors = [c for c in constats if CODES[c.code].gravite == "erreur"]
    assert bool(errors) == (colonne.required and valeur is None)


@pytest.mark.parametrize(
    ("declare", "code_insee", "constat"),
    [
        ("75104", "75104", None),
        ("75056", "75056", None),  # Paris as a whole
        (None, "75104", "INSA"),
        ("01234", "75104", "INSR"),
        ("92026", "75104", "INSR"),
    ],
)
def test_insee_code_in_paris(declare, code_insee, constat):
    found = situer(2.3522, 48.8566, declare)
    assert found.code_insee == code_insee
    assert found.constat == constat
    assert found.lieu is not None
    assert found.lieu.code_commune == "75056"


def test_insee_code_of_a_merged_commune_is_the_one_it_became():
    found = situer(2.362, 48.957, "93059")
    assert found.code_insee == "93066"
    assert found.constat == "INSR"


def test_a_station_on_the_border_is_of_the_commune_that_it_declares():
    """Boulevards share their axis: this one stands in Paris by a few metres."""
    boulevard = 2.270181, 48.878918
    assert situer(*boulevard, None).code_insee == "75116"
    assert situer(*boulevard, "92051") == ("92051", ("92051", None, "T4"), None)
    assert situer(*boulevard, "75056").lieu == ("75056", "75116", "T1")


def test_a_station_on_the_border_is_of_the_arrondissement_that_it_declares():
    """In the third, by a few metres."""
    street = 2.3522, 48.86144
    assert situer(*street, "75103") == ("75103", ("75056", "75103", "T1"), None)
    assert situer(*street, "75104") == ("75104", ("75056", "75104", "T1"), None)


def metres_to(ring, lon, lat):
    """From a position to a closed line, on the plane that touches the Earth there."""
    x = 111_195 * math.cos(math.radians(lat))
    flat = [((a - lon) * x, (b - lat) * 111_195) for a, b in ring]
    return min(itertools.starmap(_metres_to_segment, itertools.pairwise(flat)))


def _metres_to_segment(a, b):
    (ax, ay), (bx, by) = a, b
    dx, dy = bx - ax, by - ay
    along = -(ax * dx + ay * dy) / ((dx * dx + dy * dy) or 1)
    along = min(1, max(0, along))
    return math.hypot(ax + along * dx, ay + along * dy)


@given(st.floats(2.255, 2.30), st.floats(48.875, 48.90))
def test_a_declared_code_is_accepted_within_100_metres_of_its_commune(lon, lat):
    metres = metres_to(outline("92051"), lon, lat)
    inside = situer(lon, lat, None).code_insee == "92051"
    assume(inside or abs(metres - 100) > 1)
    accepted = situer(lon, lat, "92051").constat is None
    assert accepted == (inside or metres < 100)


def test_the_100_metres_are_neither_90_nor_110():
    """East of Neuilly, in Paris: how far its code is accepted."""
    walk = [(2.2702 + step * 1e-5, 48.878918) for step in range(2_000)]
    metres = [metres_to(outline("92051"), *place) for place in walk]
    accepted = [situer(*place, "92051").constat is None for place in walk]
    assert all(kept == (far < 100) for kept, far in zip(accepted, metres, strict=True))
    assert 99 < max(far for kept, far in zip(accepted, metres, strict=True) if kept) < 100


@given(
    st.floats(2.25, 2.45),
    st.floats(48.8, 48.92),
    st.sampled_from([None, "01234", "75056", "75104", "75116", "92051", "93059", "93066", "94033"]),
)
def test_the_place_kept_is_that_of_the_code_kept(lon, lat, declare):
    code, lieu, _ = situer(lon, lat, declare)
    if lieu is None:
        return
    assert code is not None
    found = resolve(code)
    assert found is not None
    assert lieu.code_commune == found.commune.code
    assert lieu.territoire == found.commune.territoire
    assert found.arrondissement in (None, lieu.code_arrondissement)


def test_a_code_of_the_metropole_far_outside_it_is_suspect():
    assert situer(2.15, 48.53, "92026") == ("92026", None, "INSE")
    assert situer(2.15, 48.53, "91602") == ("91602", None, None)
