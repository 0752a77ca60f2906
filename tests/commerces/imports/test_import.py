"""What an import does to listings: created, kept, changed, suspended, left alone."""

from datetime import date

import pytest
from sqlalchemy import select, text

from services.commerces import commands as gestion
from services.commerces import queries
from services.commerces.imports.commands import Expediteur, abandonner, confirmer
from services.commerces.imports.queries import report
from services.commerces.models import Exploitation, ImportFichier, Provenance
from shared.memory.spatial import METRES_PER_DEGREE
from shared.problems import Conflict, InvalidBody, InvalidParameter, PreconditionFailed
from shared.schemas.commerces_gestion import FicheSaisie
from shared.schemas.commerces_valeurs import StatutFiche
from tests.commerces.imports.conftest import AGENT, codes, done
from tests.commerces.imports.conftest import SHOP as LINE

CCI = Expediteur("cci")
SIRET, AUTRE_SIRET = "73282932000074", "35600000000048"
SHOP = {**LINE, "telephone": "01 99 00 12 34", "courriel": "prive@exemple.fr"}
OTHER = {**SHOP, "nom": "Un autre", "adresse": "9 rue de la Paix", "telephone": "01 99 00 12 35"}


def journal(session):
    rows = session.execute(text("SELECT genre, sujet FROM commerces.journal ORDER BY position"))
    return [tuple(row) for row in rows]


def test_a_shop_becomes_a_published_listing(session, take, shown):
    found = take(
        {**SHOP, "siret": SIRET, "naf": "4729Z"}, edition=date(2020, 12, 1), licence="ODbL"
    )
    assert done(found) == (1, 0, 0)
    ((fiche, properties),) = shown().values()
    assert fiche.statut == "publiee"
    assert properties.siret == SIRET
    assert properties.naf_rev2 == "47.29Z"
    assert properties.code_commune == "94048"
    assert [one.genre for one in properties.modalites_detail] == ["livraison"]
    assert (properties.source, properties.licence) == ("cci", "ODbL")
    assert (properties.verifie_le, properties.verifie_par) == (date(2020, 12, 1), "import")
    assert fiche.niveau_preuve == 0
    assert {one.valeur: one.public for one in properties.contacts} == {
        "+33199001234": True,
        "prive@exemple.fr": False,
    }
    assert journal(session) == [("fiche.creee", str(fiche.id))]
    provenance = session.scalars(select(Provenance)).one()
    assert (provenance.source, provenance.licence) == ("cci", "ODbL")
    assert (provenance.edition, provenance.fiche_id) == (date(2020, 12, 1), fiche.id)


def test_a_second_import_writes_nothing(session, take):
    take(SHOP, OTHER)
    before = journal(session)
    assert done(take(SHOP, OTHER)) == (0, 0, 0)
    assert done(take(OTHER, SHOP)) == (0, 0, 0)
    assert journal(session) == before


def test_mobiles_and_mail_addresses_are_private(take, shown):
    found = take({**SHOP, "telephone": "06 39 98 00 01"})
    ((_, properties),) = shown().values()
    assert all(not one.public for one in properties.contacts)
    assert codes(found) == {"TELM": 1}
    take({**SHOP, "telephone": "06 39 98 00 01", "telephone_public": "oui"})
    ((_, properties),) = shown().values()
    assert properties.telephone == "+33639980001"


def test_no_text_publishes_what_is_a_persons(take, shown):
    told = "sur rdv 06 39 98 12 34 ou paul.durand@exemple.fr"
    columns = (
        "description",
        "precisions",
        "horaires",
        "livraison_zone",
        "drive_note",
        "complement",
    )
    found = take(
        SHOP
        | {"modalites": "livraison, drive"}
        | {column: f"{column} {told}" for column in columns}
    )
    ((_, properties),) = shown().values()
    public = properties.model_dump_json(exclude={"contacts"})
    assert ("06 39" in public, "@" in public, public.count("[masqué]")) == (False, False, 12)
    assert codes(found)["MASQ"] == 6


@pytest.mark.parametrize(
    "changes",
    [
        {"description": "Du neuf"},
        {"nom": "FROMAGERIE D'ESSAI"},
        {"adresse": "1, r. de la fontaine"},
        {"siret": SIRET},
        {"nom": "Fromagerie renommée"},
        {"adresse": "12 rue de la Fontaine", "position": "48.7379,2.5559"},
        {"adresse": "Rue de la Fontaine, halle", "telephone": ""},
    ],
)
def test_a_shop_that_changes_keeps_its_number(session, take, shown, changes):
    take(SHOP, OTHER)
    ((before, _),) = [one for nom, one in shown().items() if nom != "Un autre"]
    number = before.id
    found = take({**SHOP, **changes}, OTHER)
    assert done(found) == (0, 1, 0)
    assert {fiche.id for fiche, _ in shown().values()} >= {number}
    assert len(shown()) == 2
    assert journal(session)[-1] == ("fiche.modifiee", str(number))


def test_a_source_that_starts_to_number_its_shops(take, shown):
    take(SHOP)
    assert done(take({**SHOP, "identifiant": "C-1"})) == (0, 0, 0)
    renamed = {**SHOP, "identifiant": "C-1", "nom": "Neuf", "adresse": "2 rue du Four"}
    assert done(take({**renamed, "telephone": "", "courriel": ""})) == (0, 1, 0)
    assert list(shown()) == ["Neuf"]


def test_a_partial_file_takes_no_shop_for_another(take, shown):
    take(SHOP)
    assert done(take({**SHOP, "nom": "Annexe"}, complet=False)) == (1, 0, 0)
    assert len(shown()) == 2


def test_a_renamed_and_moved_shop_is_known_by_its_siret(take, shown):
    take({**SHOP, "siret": SIRET}, OTHER)
    number = shown()[SHOP["nom"]][0].id
    take({**OTHER, "nom": "Tout neuf", "siret": SIRET, "position": "48.86,2.35"}, OTHER)
    assert shown()["Tout neuf"][0].id == number
    assert shown()["Tout neuf"][0].exploitation.du is not None


def test_a_shop_that_only_shares_a_phone_is_another(take, shown):
    take(SHOP)
    found = take({**SHOP, "nom": "Annexe", "adresse": "5 rue du Four", "position": "48.86,2.35"})
    assert done(found) == (1, 0, 1)
    assert shown()[SHOP["nom"]][0].statut == "suspendue"


def test_two_shops_that_fit_are_not_guessed(take, shown):
    """Both stalls of one address share the phone: which one was renamed is not known."""
    take(SHOP, {**SHOP, "nom": "Le même, autre étal"})
    found = take({**SHOP, "nom": "Nouveau nom"})
    assert done(found) == (1, 0, 2)
    assert len(shown()) == 3


def test_a_takeover_ends_an_establishment_and_begins_another(session, take, shown):
    take({**SHOP, "siret": SIRET}, edition=date(2026, 1, 1))
    fiche = shown()[SHOP["nom"]][0]
    number, first = fiche.id, fiche.exploitation.id
    take({**SHOP, "siret": AUTRE_SIRET}, edition=date(2026, 2, 1))
    fiche = shown()[SHOP["nom"]][0]
    assert fiche.id == number
    assert (fiche.exploitation.id != first, fiche.exploitation.siret) == (True, AUTRE_SIRET)
    assert fiche.exploitation.du == date(2026, 2, 1)
    former = session.get(Exploitation, first)
    assert (former.au, former.successeur) == (date(2026, 1, 31), fiche.exploitation)


def test_what_vanishes_is_suspended_and_comes_back_with_its_number(session, take, shown):
    take(SHOP, OTHER)
    number = shown()["Un autre"][0].id
    assert done(take(SHOP)) == (0, 0, 1)
    fiche = shown()["Un autre"][0]
    assert (fiche.statut, fiche.motif_statut) == (
        "suspendue",
        "Absente du dernier fichier de sa source",
    )
    assert done(take(SHOP)) == (0, 0, 0)
    assert done(take(SHOP, OTHER)) == (0, 1, 0)
    fiche = shown()["Un autre"][0]
    assert (fiche.id, fiche.statut, fiche.motif_statut) == (number, "publiee", None)
    assert journal(session)[-2:] == [
        ("fiche.statut", str(number)),
        ("fiche.modifiee", str(number)),
    ]


def test_a_partial_file_suspends_nothing(take):
    take(SHOP, OTHER)
    assert done(take(SHOP, complet=False)) == (0, 0, 0)


def test_another_source_suspends_nothing(take):
    take(SHOP)
    assert done(take(OTHER, source="autre")) == (1, 0, 0)


def test_a_rejected_line_keeps_the_listing(take, shown):
    take(SHOP, OTHER)
    found = take(SHOP, {**OTHER, "position": "43.3,5.4"})
    assert found.bilan.lignes.rejete == 1
    assert done(found) == (0, 0, 0)
    assert shown()["Un autre"][0].statut == "publiee"


def test_what_an_agent_wrote_since_is_left_alone(session, take, shown):
    take(SHOP)
    fiche = shown()[SHOP["nom"]][0]
    saisie = FicheSaisie(
        nom="Écrit par un agent",
        adresse="1 rue de la Fontaine",
        code_postal="94440",
        lon=2.5553,
        lat=48.7375,
        categories=["fromagerie"],
        modalites=[{"genre": "comptoir"}],
    )
    gestion.replace(session, fiche, saisie, auteur=AGENT)
    before = journal(session)
    found = take({**SHOP, "description": "Du neuf"})
    assert codes(found) == {"TENU": 1}
    assert done(take({**SHOP, "description": "Du neuf"})) == (0, 0, 0)
    assert done(take(OTHER)) == (1, 0, 0)
    assert shown()["Écrit par un agent"][0].statut == "publiee"
    assert journal(session)[: len(before)] == before


def test_a_listing_that_an_agent_closed_stays_closed(session, take, shown):
    take(SHOP)
    fiche = shown()[SHOP["nom"]][0]
    gestion.change_status(session, fiche, StatutFiche.FERMEE, "cessation", auteur=AGENT)
    take({**SHOP, "description": "Du neuf"})
    assert shown()[SHOP["nom"]][0].statut == "fermee"


def test_the_siret_of_another_source_is_the_same_shop(take, shown):
    take({**SHOP, "siret": SIRET})
    found = take({**OTHER, "siret": SIRET}, source="autre")
    assert codes(found) == {"TENU": 1}
    assert list(shown()) == [SHOP["nom"]]
    assert done(take(OTHER)) == (1, 0, 0)  # still named by the other source


def test_repeated_lines_are_duplicates_of_the_last(session, take):
    found = take(SHOP, {**SHOP, "nom": "FROMAGERIE D'ESSAI"}, SHOP)
    assert found.bilan.lignes.doublon == 2
    lines = list(report(session, found.id))
    assert [line.statut for line in lines] == ["doublon", "doublon", "accepte"]
    assert [line.constats[-1].code for line in lines[:2]] == ["DOUX", "DOUM"]
    assert lines[0].constats[-1].retenu == "ligne 3"
    assert lines[2].fiche is not None


def test_one_siret_for_two_stalls(take, shown):
    found = take({**SHOP, "siret": SIRET}, {**OTHER, "siret": SIRET})
    assert codes(found) == {"SIRD": 2}
    assert len(shown()) == 2


def test_a_file_that_loses_too_much_waits(session, take, shown):
    take(SHOP, OTHER)
    held = take(SHOP, seuil_perte=0.2)
    assert (held.etat, held.bilan.barriere.franchie) == ("en_attente", True)
    assert done(held) == (0, 0, 0)
    assert shown()["Un autre"][0].statut == "publiee"
    with pytest.raises(PreconditionFailed):
        confirmer(session, held.id, expediteur=CCI, if_match='"autre"')
    applied = confirmer(session, held.id, expediteur=CCI, if_match="*")
    assert done(applied) == (0, 0, 1)
    assert shown()["Un autre"][0].statut == "suspendue"
    with pytest.raises(Conflict):
        abandonner(session, held.id, if_match="*")


def test_a_newer_file_replaces_the_one_that_waits(session, take):
    take(SHOP, OTHER)
    held = take(SHOP, seuil_perte=0.2)
    take(SHOP, OTHER)
    found = session.get(ImportFichier, held.id)
    session.refresh(found)
    assert (found.etat, found.contenu) == ("abandonne", None)


def test_a_dry_run_keeps_nothing_and_tells_all(session, take, shown):
    found = take({**SHOP, "telephone": "<Nul>"}, essai=True)
    assert (found.id, found.etat, done(found)) == (None, "essai", (1, 0, 0))
    ((line,),) = [found.rapport]
    assert (line.statut, line.constats[0].code) == ("repare", "NULX")
    assert shown() == {}
    assert journal(session) == []
    assert session.scalars(select(ImportFichier)).all() == []


def test_a_strict_file_is_taken_whole_or_not_at_all(session, take, shown):
    with pytest.raises(InvalidBody) as refusal:
        take(SHOP, {**OTHER, "nom": ""}, strict=True)
    assert refusal.value.members["erreurs"][0]["pointer"] == "#/2/nom"
    session.rollback()
    assert shown() == {}


def one_bad_line_among(count):
    """A file of so many shops, broken in the middle."""
    rows = [
        f'Commerce {n};{n} rue de l\'Essai;75004;"48.8566,2.3522";livraison;fromagerie'
        for n in range(count)
    ]
    rows[count // 2] = "une ligne;cassée"
    return "\n".join(["nom;adresse;code postal;geo_point_2d;modalites;categorie", *rows]).encode()


def test_one_bad_line_in_the_middle_of_many(session, take):
    found = take(content=one_bad_line_among(1_000))
    assert (found.bilan.lignes.accepte, found.bilan.lignes.rejete) == (999, 1)
    (line,) = report(session, found.id, remarkable=True)
    assert (line.ligne, line.constats[0].code) == (502, "CELL")


def test_what_many_lines_wrote_is_counted_for_the_next_file(session, take):
    """Else a file that follows at once is compared line by line with every listing."""
    take(content=one_bad_line_among(600))
    counted = session.scalars(
        text("SELECT tablename FROM pg_stats WHERE schemaname = 'commerces' GROUP BY tablename")
    ).all()
    assert {"provenances", "fiches", "exploitations", "lieux"} <= set(counted)


def test_one_bad_line_in_50_000_keeps_a_strict_file_out(session, take, shown):
    with pytest.raises(InvalidBody) as refusal:
        take(content=one_bad_line_among(50_000), strict=True)
    assert [one["pointer"] for one in refusal.value.members["erreurs"]] == ["#/25002"]
    session.rollback()
    assert shown() == {}
    assert journal(session) == []


def test_a_description_of_5_mb_is_refused_clearly(session, take, shown):
    with pytest.raises(InvalidBody, match="dépasse"):
        take({**SHOP, "description": "x" * 5_000_000})
    session.rollback()
    assert shown() == {}


def test_a_listing_is_in_the_ground_of_who_sends_it(take):
    commune = Expediteur("vincennes", {"94080"})
    found = take(SHOP, source="vincennes", expediteur=commune)
    assert codes(found) == {"TERR": 1}
    assert done(found) == (0, 0, 0)


def test_shops_without_modality_stay_drafts(take, shown):
    found = take({**SHOP, "modalites": ""})
    assert shown()[SHOP["nom"]][0].statut == "brouillon"
    assert codes(found) == {"MODA": 1}
    take({**SHOP, "modalites": ""}, modalite="comptoir")
    assert shown()[SHOP["nom"]][1].modalites == ["comptoir"]


def test_an_edition_to_come_is_refused(take):
    with pytest.raises(InvalidParameter):
        take(SHOP, edition=date(2099, 1, 1))


def test_html_and_formulas_stay_text(take, shown):
    found = take({**SHOP, "nom": "<script>alert(1)</script>", "description": "=1+1"})
    assert "BALI" in codes(found)
    ((_, properties),) = shown().values()
    assert properties.nom == "<script>alert(1)</script>"


def test_statuses_are_counted(session, take):
    take(SHOP, OTHER)
    assert queries.counts_by_status(session) == {"publiee": 2}


def test_a_shop_moved_at_the_same_distance_as_for_agents(session, take):
    """105 metres: « une position à plus de 100 mètres »."""
    take(SHOP)
    north = 105 / METRES_PER_DEGREE
    take(SHOP | {"position": f"{48.7375 + north:.6f},2.5553"})
    assert session.scalar(text("SELECT count(*) FROM commerces.exploitations")) == 2
