"""Progress of a programme on a given day: declared and observed counts against the target."""

from datetime import date

from services.bornes import programmes
from services.bornes.deploiement.decoupage import rows
from services.bornes.deploiement.presences import count, redeclared
from services.bornes.deploiement.releve import Releve, declared
from services.bornes.deploiement.rythme import COUNTED_BY_IRVE, a_year_before, compare, monthly_pace
from shared import territoire
from shared.schemas.bornes_deploiement import (
    UNITES,
    Avancement,
    CommuneSansStation,
    CommunesSansStation,
    Constat,
    Constats,
    Declare,
    Decoupage,
    HorsPerimetre,
    Perimetre,
    Programme,
    ProgrammeDetail,
    Unite,
)
from shared.schemas.bornes_sites import VueSite

CONSTATE = (
    "Constaté : points de charge des données IRVE des opérateurs, un par identifiant, dont la date "
    "de mise en service est ce jour-là ou avant et qui n'étaient pas retirés. Pour une date passée "
    "le compte est approché : un point retiré avant que le registre ne le connaisse manque, et un "
    "point renuméroté compte sous ses deux identifiants jusqu'au jour où l'ancien a été retiré."
)
DECLARE = (
    "Déclaré : sites que l'opérateur ou la Métropole disent en service, avec les points qu'ils y "
    "déclarent."
)
COMMUNES = (
    "La commune est celle que déclare l'opérateur quand la position en est à moins de 100 mètres, "
    "sinon celle de la position ; les communes fusionnées comptent avec celle d'aujourd'hui."
)
BORNES = (
    "Un point de charge n'est pas une borne : une borne peut en porter plusieurs, et le standard "
    "IRVE ne recense pas les bornes."
)


_RECENSES = {Unite.PDC: "Points de charge recensés", Unite.STATION: "Stations recensées"}


def detail(programme: Programme, today: date) -> ProgrammeDetail:
    known = programmes.known_on(programme.objectifs, today)
    return ProgrammeDetail(
        **programme.model_dump(),
        perimetre=perimeter(programme),
        objectif_en_vigueur=known[-1] if known else None,
    )


def perimeter(programme: Programme) -> Perimetre:
    at_launch = len(programmes.communes_at_launch(programme.code))
    now = len(programmes.communes_today(programme.code))
    return Perimetre(
        communes_au_lancement=at_launch,
        communes_aujourdhui=now,
        exclues=programme.communes_exclues,
        texte=f"Les {at_launch} communes de la Métropole hors Paris à la date de lancement, soit "
        f"{now} communes aujourd'hui. Paris est montré à part, jamais compté.",
    )


def progress(releve: Releve, unite: Unite, par: Decoupage | None) -> Avancement:
    """All the figures of a day, each with its unit."""
    programme = releve.programme
    known = programmes.known_on(programme.objectifs, releve.au)
    return Avancement(
        programme=programme.code,
        intitule=programme.intitule,
        au=releve.au,
        unite=unite,
        unite_libelle=UNITES[unite],
        perimetre=perimeter(programme),
        objectif=releve.objectif,
        objectifs_precedents=known[:-1],
        declare=_declare(releve, unite),
        constate=Constats(
            reseau_retenu=_constat(releve, unite, retained=True),
            tous_operateurs=_constat(releve, unite, retained=False),
        ),
        par=par,
        lignes=rows(releve, unite, par) if par else [],
        notes=[CONSTATE, DECLARE, COMMUNES, BORNES],
    )


def _constat(releve: Releve, unite: Unite, *, retained: bool) -> Constat:
    au, there = releve.au, releve.inside(retained=retained)
    days = [a_year_before(au), au]
    points = count(there, days, Unite.PDC)
    stations = count(there, days, Unite.STATION)
    before, now = points if unite is Unite.PDC else stations
    counted = unite in COUNTED_BY_IRVE
    pace = monthly_pace(now, before) if counted else None
    name = network_name(releve.programme) if retained else "tous les opérateurs"
    return Constat(
        libelle=f"{_RECENSES[unite if counted else Unite.PDC]} : {name}",
        unite=unite,
        valeur=now if counted else None,
        stations=stations[-1],
        points_de_charge=points[-1],
        points_sans_date=sum(p.debut is None and p.fin is None for p in there),
        points_redeclares=redeclared(there, au),
        hors_perimetre=_outside(releve, unite, retained=retained),
        rythme_mensuel=None if pace is None else round(pace, 1),
        comparaison=compare(
            releve.objectif,
            unite,
            now if counted else None,
            au=au,
            rythme=pace,
            sans_valeur=f"Le standard IRVE ne permet pas de compter des {UNITES[unite]}.",
        ),
    )


def network_name(programme: Programme) -> str:
    """How the chosen operator is named: « Métropolis (FRMGP) »."""
    network = programme.reseau_retenu
    return f"{network.nom} ({', '.join(network.prefixes)})"


def _outside(releve: Releve, unite: Unite, *, retained: bool) -> HorsPerimetre:
    """What stands in the communes left out: it is seen, it never adds up."""
    left_out = releve.programme.communes_exclues
    there = [
        presence
        for presence in releve.presences
        if presence.commune in left_out and (not retained or releve.is_retained(presence))
    ]
    counted = unite in COUNTED_BY_IRVE
    return HorsPerimetre(
        communes=left_out, valeur=count(there, [releve.au], unite)[0] if counted else None
    )


def _declare(releve: Releve, unite: Unite) -> Declare:
    sites = releve.sites_on(releve.au)
    told, silent = declared(sites, unite)
    valeur = told if sites else None
    views = [one.situation.vue for one in sites]
    return Declare(
        unite=unite,
        valeur=valeur,
        sites_sans_valeur=silent,
        sites_par_vue={vue: views.count(vue) for vue in VueSite},
        comparaison=compare(
            releve.objectif,
            unite,
            valeur,
            au=releve.au,
            rythme=None,
            sans_valeur=f"Aucun site en service ne dit son nombre de {UNITES[unite]}."
            if sites
            else "Aucun site n'était déclaré ce jour-là.",
        ),
    )


def without_station(releve: Releve) -> CommunesSansStation:
    """The communes of the perimeter where the chosen operator has no station that day."""
    retained, others = _stations(releve, retained=True), _stations(releve, retained=False)
    found = [
        CommuneSansStation(
            code=commune.code,
            nom=commune.nom,
            ept=commune.territoire,
            population=commune.population_2023 or commune.population_2017,
            stations_autres_operateurs=len(others.get(commune.code, ())),
        )
        for commune in territoire.communes()
        if commune.code in releve.perimetre and commune.code not in retained
    ]
    return CommunesSansStation(
        programme=releve.programme.code,
        au=releve.au,
        communes_perimetre=len(releve.perimetre),
        sans_reseau_retenu=len(found),
        sans_aucune_station=sum(one.stations_autres_operateurs == 0 for one in found),
        communes=sorted(found, key=lambda one: (-(one.population or 0), one.code)),
        notes=[CONSTATE, COMMUNES],
    )


def _stations(releve: Releve, *, retained: bool) -> dict[str, set[str]]:
    """Stations with a point that day, by commune."""
    found: dict[str, set[str]] = {}
    for presence in releve.inside(retained=retained):
        if presence.commune and presence.is_there(releve.au):
            found.setdefault(presence.commune, set()).add(presence.station)
    return found
