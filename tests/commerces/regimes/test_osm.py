"""Rules files of OpenStreetMap's friends, read as our own rules."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from services.commerces import taxonomie
from services.commerces.cli import app
from services.commerces.models import JOURNAL, LigneRegime
from services.commerces.regimes import commands, osm, queries
from services.commerces.regimes.osm import FichierIllisibleError, lire
from services.commerces.regimes.queries import every
from services.commerces.regimes.regles import TOUTES, grounds, permises
from shared.schemas.commerces_regimes_gestion import RegimeSaisie
from shared.schemas.commerces_valeurs import Modalite
from shared.schemas.commun import PARIS
from tests.commerces.regimes.conftest import applicables

HEAD = "country,country_subarea,category,category_osm,start_date,end_date,legal_state,details"
EMPORTER = TOUTES - {Modalite.DEPANNAGE_URGENCE}
MARAIS = grounds("75056", "75104", "T1")


def file_of(*lines, head=HEAD):
    return "\n".join((head, *lines)).encode()


def line(*, area="", name="food", tags="", start="2020-03-17", end="", state="open", details=""):
    quoted = '"' + tags.replace('"', '""') + '"' if tags else ""
    return f'FR,{area},{name},{quoted},{start},{end},"{state}",{details}'


def rules_of(lecture):
    return [regle.saisie for regle in lecture.regles.values()]


BREAD = '[{"shop": "bakery|pastry"}]'


@pytest.fixture
def real(donnees_reelles):
    return donnees_reelles / "commerces" / "covid_legal_rules_FR.csv"


def test_every_line_of_the_real_file_is_a_rule_or_a_remark(real):
    lecture = lire(real.read_bytes())
    assert (lecture.lignes, len(lecture.regles)) == (38, 16)
    told = {remarque.ligne for remarque in lecture.remarques}
    rules = {row.categories[0] for row in rules_of(lecture) if row.categories}
    assert {"caviste", "boulangerie", "restaurant", "pharmacie", "tabac"} <= rules
    assert {20, 26, 33} <= told  # only:housing, only:small_capacity, partial
    texts = {remarque.ligne: remarque.texte for remarque in lecture.remarques}
    assert "housing" in texts[20]
    assert "partial" in texts[33]


@pytest.mark.parametrize(
    ("categorie", "moment", "allowed"),
    [
        ("librairie", "2020-03-16T23:59:59", TOUTES),
        ("librairie", "2020-03-17T00:00:00", frozenset()),
        ("librairie", "2020-05-10T23:59:59", frozenset()),
        ("librairie", "2020-05-11T00:00:00", TOUTES),
        ("boulangerie", "2020-04-01T12:00:00", TOUTES),
        ("patisserie", "2020-04-01T12:00:00", TOUTES),
        ("pharmacie", "2020-04-01T12:00:00", TOUTES),
        ("restaurant_japonais", "2020-03-16T23:59:59", TOUTES),
        ("restaurant_japonais", "2020-03-17T00:00:00", EMPORTER),
        ("cafe_bar", "2020-05-11T00:00:00", EMPORTER),
        ("cafe_bar", "2020-06-02T23:59:59", EMPORTER),
        ("cafe_bar", "2020-06-03T00:00:00", TOUTES),
        ("coiffeur", "2020-05-10T12:00:00", frozenset()),
    ],
)
def test_what_the_real_file_allowed(real, categorie, moment, allowed, session):
    commands.take_in(session, lire(real.read_bytes()), acteur="essai")
    at = datetime.fromisoformat(moment).replace(tzinfo=PARIS)
    rules = [rule for rule in every(session.connection()) if rule.en_vigueur(at)]
    assert permises(applicables(rules, categorie, MARAIS)) == allowed


def test_the_real_file_read_twice_changes_nothing(real, session):
    lecture = lire(real.read_bytes())
    first = commands.take_in(session, lecture, acteur="essai")
    assert (first.crees, first.modifies, first.inchanges) == (16, 0, 0)
    entries = session.scalars(select(JOURNAL.c.genre)).all()
    again = commands.take_in(session, lire(real.read_bytes()), acteur="essai")
    assert (again.crees, again.modifies, again.inchanges) == (0, 0, 16)
    assert session.scalars(select(JOURNAL.c.genre)).all() == entries


def test_a_rule_given_its_end_later_is_the_same_rule(session):
    commands.take_in(session, lire(file_of(line(tags=BREAD))), acteur="essai")
    bilan = commands.take_in(
        session, lire(file_of(line(tags=BREAD, end="2020-05-10"))), acteur="essai"
    )
    assert (bilan.crees, bilan.modifies) == (0, 1)
    (regime,) = session.scalars(select(LigneRegime))
    assert regime.fin == datetime(2020, 5, 10, 22, tzinfo=UTC)
    assert regime.categories == ["boulangerie", "patisserie"]


def rewritten(session, **changes):
    """The one rule, as an agent who changes some of it writes it whole."""
    regime = session.scalars(select(LigneRegime)).one()
    names = RegimeSaisie.model_fields
    read = {name: getattr(regime, name) for name in names}
    saisie = RegimeSaisie.model_validate({**read, **changes})
    commands.replace(session, regime, saisie, acteur="agent", if_match=commands.version(regime))
    return regime


def test_a_window_written_by_hand_outlives_the_file_read_again(session):
    content = file_of(line(tags=BREAD, state="closed"))
    commands.take_in(session, lire(content), acteur="essai")
    regime = rewritten(session, creneau={"de": "21:00", "a": "06:00"}, jours=["samedi"])
    version = regime.version
    bilan = commands.take_in(session, lire(content), acteur="essai")
    assert (bilan.modifies, bilan.inchanges) == (0, 1)
    assert (regime.creneau, regime.jours) == ({"de": "21:00", "a": "06:00"}, ["samedi"])
    assert regime.version == version
    assert bilan.gardes == [f"{regime.id} ({regime.nom}) : jours, creneau"]


def test_a_file_overwrites_what_it_changed_and_nothing_else(session):
    commands.take_in(session, lire(file_of(line(tags=BREAD, details="Décret"))), acteur="essai")
    fin = datetime(2020, 6, 1, tzinfo=UTC)
    regime = rewritten(session, nom="Pain", motif="Arrêté", territoires=["93"], fin=fin)
    told = line(tags=BREAD, details="Nouveau décret", state="only:delivery")
    bilan = commands.take_in(session, lire(file_of(told)), acteur="essai")
    assert (bilan.modifies, regime.motif, regime.modalites) == (1, "Nouveau décret", ["livraison"])
    assert (regime.nom, regime.territoires, regime.fin) == ("Pain", ["93"], fin)
    later = line(tags=BREAD, details="Nouveau décret", state="only:delivery", end="2020-07-10")
    commands.take_in(session, lire(file_of(later)), acteur="essai")
    assert regime.fin == datetime(2020, 7, 10, 22, tzinfo=UTC)
    assert "Gardé tel" in "".join(
        commands.take_in(session, lire(file_of(later)), acteur="x").texte()
    )


def test_a_file_that_would_leave_a_rule_no_instant_is_told_and_the_others_taken(session):
    commands.take_in(session, lire(file_of(line(tags=BREAD))), acteur="essai")
    regime = rewritten(session, jours=["dimanche"])
    ended = line(tags=BREAD, end="2020-03-18")  # a Wednesday
    other = line(name="culture", tags='[{"shop": "books"}]')
    for _ in range(2):
        bilan = commands.take_in(session, lire(file_of(other, ended)), acteur="essai")
        assert regime.fin is None
        assert bilan.remarques[-1].ligne == 3
        assert "ne vaudrait jamais" in bilan.remarques[-1].texte
    assert (bilan.crees, bilan.modifies, bilan.inchanges) == (0, 0, 1)


def test_a_rule_read_before_that_was_remembered_keeps_its_window(session):
    commands.take_in(session, lire(file_of(line(tags=BREAD))), acteur="essai")
    regime = rewritten(session, jours=["dimanche"], nom="Pain")
    regime.lu = None
    commands.take_in(session, lire(file_of(line(tags=BREAD))), acteur="essai")
    assert (regime.jours, regime.nom) == (["dimanche"], "Règle nationale « food »")


def test_rules_that_a_newer_file_does_not_have_are_told(session):
    ended = line(name="culture", tags='[{"shop": "books"}]', start="2020-03-17", end="2020-05-10")
    commands.take_in(session, lire(file_of(line(tags=BREAD), ended)), acteur="essai")
    bread = session.scalars(select(LigneRegime).where(LigneRegime.fin.is_(None))).one()
    bilan = commands.take_in(session, lire(file_of(ended)), acteur="essai")
    assert bilan.absents == [f"{bread.id} ({bread.nom})"]
    told = [one for one in bilan.texte() if "sans être dans ce fichier" in one]
    assert len(told) == 1
    again = commands.take_in(session, lire(file_of(line(tags=BREAD), ended)), acteur="essai")
    assert again.absents == []


def test_a_file_takes_its_rules_in_the_order_that_their_turns_are_told(session):
    """Each waits for the other's last one otherwise."""
    lecture = lire(file_of(line(tags=BREAD), line(name="culture", tags='[{"shop": "books"}]')))
    commands.take_in(session, lecture, acteur="essai")
    first = session.scalars(select(LigneRegime).order_by(LigneRegime.id)).first()
    first.annonce_le = datetime(2020, 3, 1, tzinfo=UTC)  # PostgreSQL has it after the others now
    session.flush()
    locked = [one.id for one in queries.of_files(session, list(lecture.regles)).values()]
    assert locked == [one.id for one in queries.to_announce(session, datetime.now(UTC))]


@pytest.mark.parametrize(
    ("day", "first", "after"),
    [
        ("2020-03-29", "2020-03-28T23:00:00", "2020-03-29T22:00:00"),
        ("2020-10-25", "2020-10-24T22:00:00", "2020-10-25T23:00:00"),
    ],
    ids=["spring", "autumn"],
)
def test_a_day_goes_from_midnight_to_midnight_of_paris(day, first, after):
    (rule,) = rules_of(lire(file_of(line(tags=BREAD, start=day, end=day))))
    assert rule.debut == datetime.fromisoformat(first).replace(tzinfo=UTC)
    assert rule.fin == datetime.fromisoformat(after).replace(tzinfo=UTC)
    assert rule.fin - rule.debut != timedelta(days=1)


@pytest.mark.parametrize(
    ("area", "kept"),
    [("", "metropole"), ("IDF", "metropole"), ("93", "93"), ("FR-75", "75"), ("93059", "93066")],
)
def test_a_part_of_the_country(area, kept):
    (rule,) = rules_of(lire(file_of(line(tags=BREAD, area=area))))
    assert rule.territoires == [kept]


def test_the_doubt_benefits_the_shop():
    """`bricolage` is also a hardware shop's paint, of which this rule says nothing."""
    tags = '[{"shop": "doityourself"}]'
    opened = lire(file_of(line(tags=tags)))
    assert [rule.categories for rule in rules_of(opened)] == [["bricolage"]]
    assert "bricolage" in opened.remarques[0].texte
    closed = lire(file_of(line(tags=tags, state="closed")))
    assert closed.regles == {}
    assert "laissée" in closed.remarques[0].texte


@pytest.mark.parametrize(
    ("state", "allowed"),
    [
        ("open", list(Modalite)),
        ("closed", []),
        ("only:delivery", [Modalite.LIVRAISON]),
        (
            "only:takeaway, drive_through",
            [Modalite.DRIVE, Modalite.POINT_COLLECTE, Modalite.COMPTOIR],
        ),
    ],
)
def test_states(state, allowed):
    (rule,) = rules_of(lire(file_of(line(tags=BREAD, state=state))))
    assert rule.modalites == allowed


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (line(tags=BREAD, state="partial"), "partial"),
        (line(tags=BREAD, state="only:"), "only:"),
        (line(tags=BREAD, state="only:housing,delivery"), "housing"),
        (line(tags=BREAD, state="open:delivery"), "open:delivery"),
        (line(tags=BREAD, start="17/03/2020"), "17/03/2020"),
        (line(tags=BREAD, start=""), "Dates"),
        (line(tags=BREAD, end="2020-03-01"), "fin"),
        (line(tags=BREAD, area="13"), "13"),
        (line(tags="[", name="x"), "JSON"),
        (line(tags='{"shop": "bakery"}'), "liste"),
        (line(tags='[{"shop": 3}]'), "texte"),
        (line(tags='[{"shop": "mall"}]'), "shop=mall"),
        (line(tags="[{}]"), "Aucune étiquette"),
        (line(name="food"), "aucune étiquette"),
        (line(tags=BREAD, details="<script>alert(1)</script>"), "balise"),
        (line(tags=BREAD).replace("FR", "BE", 1), "autre pays"),
        (
            line(tags='[{"a": "%s", "b": "%s"}]' % (("1|" * 40,) * 2)),
            "trop de combinaisons",
        ),
    ],
)
def test_a_line_that_is_not_understood_is_told_and_the_others_kept(row, why):
    lecture = lire(file_of(row, line(tags=BREAD)))
    assert [rule.categories for rule in rules_of(lecture)] == [["boulangerie", "patisserie"]]
    assert lecture.lignes == 2
    (remarque,) = lecture.remarques
    assert remarque.ligne == 2
    assert why in remarque.texte


def test_a_repeated_rule_is_kept_once():
    lecture = lire(file_of(line(tags=BREAD), line(tags=BREAD, state="closed")))
    assert [rule.modalites for rule in rules_of(lecture)] == [list(Modalite)]
    assert (lecture.remarques[0].ligne, "déjà" in lecture.remarques[0].texte) == (3, True)


def test_other_spellings_of_the_same_file():
    content = file_of(line(tags=BREAD, details="Décret")).decode()
    expected = lire(content.encode()).regles
    assert lire(b"\xef\xbb\xbf" + content.encode()).regles == expected
    assert lire(content.encode("cp1252")).regles == expected
    assert lire(content.replace("\n", "\r\n").encode()).regles == expected
    assert [rule.motif for rule in rules_of(lire(content.encode()))] == ["Décret"]
    semicolons = "country;country_subarea;category;category_osm;start_date;end_date;legal_state"
    other = file_of(f"FR;;default;;{date(2020, 3, 17)};;closed", head=semicolons)
    assert [rule.categories for rule in rules_of(lire(other))] == [[]]


@pytest.mark.parametrize(
    "content",
    [b"", b"a,b\n1,2\n", file_of('FR,,x,"' + "a" * 200_000)],
    ids=["empty", "columns", "cell"],
)
def test_a_file_that_is_none_is_refused(content):
    with pytest.raises(FichierIllisibleError):
        lire(content)


def test_a_file_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(osm, "LIGNES_MAX", 1)
    with pytest.raises(FichierIllisibleError, match="lignes"):
        lire(file_of(line(), line()))
    monkeypatch.setattr(osm, "OCTETS_MAX", 10)
    with pytest.raises(FichierIllisibleError, match="Mo"):
        lire(file_of(line()))


def test_every_correspondence_is_made_of_tags():
    for category in taxonomie.categories().values():
        assert all("=" in tag for tags in category.osm for tag in tags.split("+"))


def test_the_command_reads_reports_and_keeps(clone_database, tmp_path, monkeypatch):
    monkeypatch.setenv("RELANCE_DATABASE_URL", url := clone_database())
    path = tmp_path / "regles.csv"
    path.write_bytes(file_of(line(tags=BREAD), line(tags=BREAD, state="partial")))

    def run(*arguments):
        return CliRunner().invoke(app, ["regimes", "importer", str(path), *arguments])

    tried = run("--essai")
    assert "Essai : rien n'a été gardé." in tried.output
    kept = run()
    assert kept.exit_code == 0, kept.output
    assert "1 régime créé, 0 modifié, 0 inchangé" in kept.output
    assert "ligne 3 : État « partial »" in kept.output
    assert "0 régime créé, 0 modifié, 1 inchangé" in run().output
    path.write_bytes(b"rien")
    refused = run()
    assert (refused.exit_code, "Colonnes absentes" in refused.output) == (1, True)
    assert url
