"""Our own files come back whole: what they tell of a listing is read as it was."""

import io
from datetime import date

import orjson
import pytest

from services.commerces.exports.fichiers import CSV, GEOJSON, NDJSON
from services.commerces.horaires_osm import to_osm
from services.commerces.imports.copie import LUES
from services.commerces.imports.fichier import ouvrir
from services.commerces.imports.lignes import Lecteur
from services.commerces.saisie import as_kept, of_osm
from services.commerces.vitrine import segment
from shared.memory.segments import Version
from tests.commerces.conftest import fiche_of
from tests.commerces.imports.conftest import SHOP

OSM = "Tu-Sa 09:00-12:30,15:00-19:00; PH off; Aug 01-Aug 15 off"
LIVRAISON = {
    "genre": "livraison",
    "horaires": as_kept(of_osm("Fr-Sa 18:00-02:00")),
    "horaires_osm": to_osm(of_osm("Fr-Sa 18:00-02:00")),
    "zone": {"type": "communes", "codes": ["75104"]},
    "minimum": "20.00",
    "frais": "0.00",
    "delai_min": 45,
    "canaux": ["telephone", "site"],
    "commande_jusqu_a": "17:30",
    "du": date(2026, 12, 1),
    "au": date(2026, 12, 31),
    "note": "Sauf le dimanche",
}
PUBLICS = [
    {"genre": "telephone", "valeur": "+33142360000", "public": True},
    {"genre": "telephone", "valeur": "+33142360001", "public": True},
    {"genre": "courriel", "valeur": "un@exemple.fr", "public": True},
    {"genre": "courriel", "valeur": "deux@exemple.fr", "public": True},
    {"genre": "site", "valeur": "https://exemple.fr", "public": True},
    {"genre": "facebook", "valeur": "https://www.facebook.com/essai", "public": True},
    {"genre": "instagram", "valeur": "https://www.instagram.com/essai", "public": True},
]
LISTINGS = [
    fiche_of(1, modalites=[{"genre": "comptoir"}]),
    fiche_of(
        2,
        horaires=as_kept(of_osm(OSM)),
        horaires_osm=to_osm(of_osm(OSM)),
        categories=["fromagerie", "epicerie_fine"],
        naf_rev2="47.29Z",
        naf_2025="47.27G",
        modalites=[LIVRAISON, {"genre": "drive", "horaires_texte": "sur rendez-vous"}],
    ),
    fiche_of(4, nom="@Home Café", description="- comté\n- brie", modalites=[{"genre": "comptoir"}]),
    fiche_of(5, contacts=PUBLICS, modalites=[{"genre": "comptoir"}]),
    fiche_of(3, horaires_texte="Le matin, selon l'arrivage", modalites=[{"genre": "drive"}]),
]


@pytest.fixture(params=[CSV, GEOJSON, NDJSON], ids=lambda one: one.nom)
def read(request):
    """The listings read from a file of them, with what was said of each, by their number."""
    content = b"".join(request.param.write(Version.of(segment(LISTINGS)), "http://essai"))
    fichier = ouvrir(io.BytesIO(content))
    assert not {one for one in fichier.ignorees if "horaires" in one or "modalites" in one}
    lecteur = Lecteur(fichier.colonnes, date(2026, 11, 1), textes=fichier.forme == "csv")
    rows = [lecteur.lire(record).split("\t") for record in fichier.enregistrements()]
    return {row[LUES.index("cle")]: dict(zip(LUES, row, strict=True)) for row in rows}


def value(row, column):
    return orjson.loads(row[column].replace(r"\\", "\\"))


def test_hours_come_back(read):
    kept = read["id:2"]
    assert value(kept, "horaires") == as_kept(of_osm(OSM))
    assert kept["horaires_osm"] == to_osm(of_osm(OSM))
    assert read["id:3"]["horaires_texte"] == "Le matin, selon l'arrivage"
    assert read["id:1"]["horaires"] == read["id:1"]["horaires_texte"] == r"\N"
    assert (kept["naf_rev2"], kept["naf_2025"]) == ("47.29Z", "47.27G")
    assert kept["categories"] == "{fromagerie,epicerie_fine}"


def test_contacts_come_back(read):
    """All of them; a mail address is private wherever it is read."""
    told = {(one["genre"], one["valeur"], one["genre"] != "courriel") for one in PUBLICS}
    found = value(read["id:5"], "contacts")
    assert {(one["genre"], one["valeur"], one["public"]) for one in found} == told


def test_a_text_that_a_spreadsheet_would_compute_comes_back(read):
    kept = read["id:4"]
    assert (kept["nom"], kept["description"]) == ("@Home Café", r"- comté\n- brie")


def test_modalities_come_back(read):
    assert [one["genre"] for one in value(read["id:1"], "modalites")] == ["comptoir"]
    found = {one["genre"]: one for one in value(read["id:2"], "modalites")}
    as_received = {"delai_min": "45", "du": "2026-12-01", "au": "2026-12-31"}
    assert found["livraison"] == LIVRAISON | as_received
    assert found["drive"]["horaires_texte"] == "sur rendez-vous"
    assert value(read["id:2"], "constats") == [["HORT", "drive_horaires", "sur rendez-vous", None]]


CONTACTS = [
    {"genre": "telephone", "valeur": "+33199001234", "public": True},
    {"genre": "telephone", "valeur": "+33612345678", "public": True},
    {"genre": "courriel", "valeur": "contact@exemple.fr", "public": False},
    {"genre": "site", "valeur": "https://exemple.fr", "public": True},
    {"genre": "facebook", "valeur": "https://www.facebook.com/exemple", "public": True},
]


def kept_of(shop):
    content = orjson.dumps([SHOP | shop])
    fichier = ouvrir(io.BytesIO(content))
    assert fichier.ignorees == ()
    (record,) = fichier.enregistrements()
    line = Lecteur(fichier.colonnes, date(2026, 11, 1)).lire(record)
    return dict(zip(LUES, line.split("\t"), strict=True))


def test_a_listing_as_it_is_written_one_by_one_is_read():
    """The body of `POST /gestion/fiches`, in a list."""
    told = {
        "modalites": [
            {"genre": "comptoir", "zone": None},
            {"genre": "livraison", "zone": {"type": "rayon", "rayon_m": 3000}, "minimum": "15.00"},
            {"genre": "drive", "horaires_osm": "Mo-Fr 09:00-12:00", "canaux": ["site"]},
        ],
        "contacts": CONTACTS,
    }
    kept = kept_of(told)
    assert value(kept, "constats") == [["TEL2", *value(kept, "constats")[0][1:]]]
    assert value(kept, "contacts") == sorted(CONTACTS, key=lambda one: one["genre"] == "courriel")
    found = {one["genre"]: one for one in value(kept, "modalites")}
    assert set(found) == {"comptoir", "livraison", "drive"}
    assert (found["livraison"]["zone"], found["livraison"]["minimum"]) == (
        {"type": "rayon", "rayon_m": 3000},
        "15.00",
    )
    assert found["drive"]["horaires_osm"] == to_osm(of_osm("Mo-Fr 09:00-12:00"))


@pytest.mark.parametrize(
    ("landline", "public"),
    [
        ({"genre": "telephone", "valeur": "+33199001234"}, [False, True]),  # no person's
        (CONTACTS[0] | {"public": False}, [False, False]),
    ],
)
def test_a_mobile_stays_private_unless_all_numbers_are_public(landline, public):
    numbers = [CONTACTS[1], landline]
    found = value(kept_of({"modalites": "drive", "contacts": numbers}), "contacts")
    assert [one["public"] for one in found] == public


@pytest.mark.parametrize("contacts", ["Mme Dupont", [{"genre": "pigeon"}], ["01 99 00 12 34"]])
def test_contacts_of_another_shape_are_ignored_and_told(contacts):
    shop = SHOP | {"modalites": "drive", "contacts": contacts}
    assert ouvrir(io.BytesIO(orjson.dumps([shop]))).ignorees == ("contacts",)
    fichier = ouvrir(io.BytesIO(orjson.dumps([shop, shop | {"contacts": CONTACTS}, shop])))
    kept = [record.valeurs for record in fichier.enregistrements()]
    assert ["telephone" in one for one in kept] == [False, True, False]
