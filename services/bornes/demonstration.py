"""Plausible, wholly fictive stations in the real communes, for `relance demo` and the benches."""

import csv
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from io import BytesIO, StringIO
from itertools import accumulate
from random import Random
from typing import NamedTuple
from zlib import crc32

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from services.bornes.avitaillement.demonstration import MENTION, avitaillement
from services.bornes.commands import import_avitaillement, import_irve
from services.bornes.fiches import PRISES
from services.bornes.irve import NOMS
from services.bornes.models import (
    TRAVAUX,
    EvenementSite,
    ImportFichier,
    PointDeCharge,
    SiteDeploiement,
)
from services.bornes.programmes import communes_today
from services.bornes.signalements import commands as signalements
from services.bornes.sites.commands import declare_site, record_event
from services.bornes.sites.queries import find_site
from services.bornes.statuts.commands import enregistrer
from services.bornes.statuts.dynamique import Lu, Statut
from shared import territoire
from shared.anonymat import EMPREINTE_OCTETS
from shared.due_work import schedule
from shared.fictive import chance, communes, place
from shared.schemas.bornes_signalements import MotifSignalement, SignalementNouveau
from shared.schemas.bornes_sites import EtatSite, EvenementNouveau, PdcParBande, SiteNouveau
from shared.settings import Settings
from shared.territoire import Commune

PREFIXE = "FRZZZ"
"""No operator has it in the AFIREV register."""
POINTS = 1_600
SEED = 2020
PIECE = 1 << 16
"""Characters gathered before a piece of the file is handed over."""

Row = dict[str, object]


class Gamme(NamedTuple):
    """A kind of station: how many there are, how large, what they deliver and where they stand."""

    part: int
    points: tuple[int, ...]
    puissances: tuple[float, ...]
    prises: frozenset[str]
    implantations: tuple[str, ...]
    tarif: str


GAMMES = (
    Gamme(
        part=45,
        points=(1, 2, 2, 4),
        puissances=(3.7, 7.0, 7.4),
        prises=frozenset({"ef", "2"}),
        implantations=("Voirie", "Voirie", "Parking public"),
        tarif="0,25 € le kWh",
    ),
    Gamme(
        part=40,
        points=(2, 2, 3, 6),
        puissances=(11.0, 22.0, 22.0),
        prises=frozenset({"ef", "2"}),
        implantations=("Voirie", "Parking public", "Parking privé à usage public"),
        tarif="0,39 € le kWh",
    ),
    Gamme(
        part=15,
        points=(1, 2, 4),
        puissances=(50.0, 100.0, 150.0),
        prises=frozenset({"combo_ccs", "chademo"}),
        implantations=("Station dédiée à la recharge rapide", "Parking privé à usage public"),
        tarif="0,59 € le kWh",
    ),
)
RESEAUX = ("Ampère Démo", "Bornes Démo Marne", "Recharge Démo Seine", "Volt Démo")
VOIES = (
    "Rue des Érables",
    "Avenue du Parc",
    "Place du Marché",
    "Boulevard des Tilleuls",
    "Rue de la Fontaine",
    "Allée des Peupliers",
    "Rue du Moulin",
    "Chemin des Vignes",
)
HORAIRES = ("24/7", "24/7", "24/7", "Mo-Su 06:00-23:00", "Mo-Sa 07:00-21:00,Su 09:00-13:00")
ACCESSIBILITES = (
    "Réservé PMR",
    "Accessible mais non réservé PMR",
    "Accessible mais non réservé PMR",
    "Non accessible",
    "Accessibilité inconnue",
)
GABARITS = ("Aucune restriction", "Aucune restriction", "Hauteur maximale 1,90 m", "Inconnu")
OUVERTURE = date(2020, 7, 15)
"""First commissioning: the plan announces the first stations for the summer of 2020."""
JOURS = 900
"""The programme's commissionings spread over these days, to the end of 2022."""
PRODUCTEUR = "demonstration"
VIVRE = "demonstration.vivre"
PAS = timedelta(minutes=1)
SILENT_PCT, BROKEN_PCT = 4, 4
"""Points never heard of, and points out of service, in per cent."""
BUSY = 0.4
"""Share of the time a vehicle is there."""
PROGRAMME = "AIP-2019"
LANCEMENT = date(2020, 1, 6)
SITES = 40
SIGNALEMENTS = 24
STEPS = (
    EtatSite.CONVENTIONNE,
    EtatSite.AUTORISE,
    EtatSite.EN_TRAVAUX,
    EtatSite.EN_SERVICE,
    EtatSite.SUSPENDU,
)


def fill(engine: Engine, settings: Settings) -> None:
    """Import the fictive stations into a registry that never received a file, and let them live."""
    peremption = timedelta(seconds=settings.bornes_peremption_s)
    with Session(engine) as session, session.begin():
        if session.scalar(select(ImportFichier.id).limit(1)) is None:
            import_irve(
                session,
                BytesIO(b"".join(irve())),
                nom="demonstration.csv",
                producteur=PRODUCTEUR,
                acteur="relance demo",
            )
            import_avitaillement(
                session,
                BytesIO(avitaillement()),
                nom="avitaillement.csv",
                producteur="demonstration",
                acteur="relance demo",
            )
            _declare_sites(session, Random(SEED))  # noqa: S311 reproducible on purpose
            _report_points(session, Random(SEED))  # noqa: S311 reproducible on purpose
        waiting = select(TRAVAUX.c.id).where(TRAVAUX.c.genre == VIVRE)
        if session.scalar(waiting.limit(1)) is None:
            live(session, peremption)
        else:
            tell(session, peremption)


def live(session: Session, peremption: timedelta) -> None:
    """Tell the states of the fictive points, now and again in a minute: only `fill` begins it."""
    tell(session, peremption)
    again = datetime.now(UTC) + PAS
    schedule(session, TRAVAUX, VIVRE, du_le=again, cle=f"{VIVRE} {again:%H:%M:%S.%f}")


def tell(session: Session, peremption: timedelta) -> None:
    """The states of the fictive points now."""
    points = session.scalars(
        select(PointDeCharge.id).where(
            PointDeCharge.producteur == PRODUCTEUR, PointDeCharge.retire_le.is_(None)
        )
    )
    now = datetime.now(UTC)
    enregistrer(
        session,
        [Lu(None, statut) for statut in statuts(points, now)],
        prefixes={PREFIXE},
        peremption=peremption,
        maintenant=now,
    )


def statuts(points: Iterable[str], maintenant: datetime) -> Iterator[Statut]:
    """Vehicles that come and go at each point in its own rhythm; a few are broken, or silent."""
    minute = int(maintenant.timestamp()) // 60
    for point in points:
        alea = crc32(point.encode())
        if alea % 100 < SILENT_PCT:
            continue
        cycle = 40 + alea % 111
        if alea % 97 < BROKEN_PCT:
            yield Statut(point, "hors_service", "inconnu", maintenant)
        else:
            busy = (minute + alea // 111) % cycle < cycle * BUSY
            yield Statut(point, "en_service", "occupe" if busy else "libre", maintenant)


def _declare_sites(session: Session, alea: Random) -> None:
    """Fictive sites of the plan's programme, at every step between identified and in service."""
    inside = [c for c in territoire.communes() if c.code in communes_today(PROGRAMME)]
    for commune in alea.sample(inside, SITES):
        place = _place(commune, alea)
        lon, lat = json.loads(str(place["coordonneesXY"]))
        day = LANCEMENT + timedelta(days=alea.randrange(200))
        site = SiteNouveau(
            programme=PROGRAMME,
            prefixe=PREFIXE,
            nom=str(place["nom_station"]),
            adresse=str(place["adresse_station"]),
            code_commune=commune.code,
            lon=lon,
            lat=lat,
            pdc=PdcParBande.of([alea.choice((0, 2, 4)), alea.choice((2, 4)), 0, 0]),
            identifie_le=day,
        )
        row = declare_site(session, site, auteur="demonstration")
        for statut in STEPS[: alea.randrange(len(STEPS) + 1)]:
            day += timedelta(days=alea.randrange(20, 120))
            event = EvenementNouveau(statut=statut, date_reelle=day)
            record_event(session, *_known(session, row.id), event, auteur="demonstration")


def _report_points(session: Session, alea: Random) -> None:
    """Fictive reports of fictive points, some made by several people."""
    points = session.scalars(select(PointDeCharge.id).order_by(PointDeCharge.id)).all()
    for point in alea.sample(points, SIGNALEMENTS):
        nouveau = SignalementNouveau(
            id_pdc_itinerance=point,
            motif=alea.choice(list(MotifSignalement)),
            commentaire=f"Écran noir {MENTION}",
        )
        for _ in range(alea.choice((1, 1, 1, 2, 5))):
            someone = alea.randbytes(EMPREINTE_OCTETS)
            signalements.report(session, nouveau, empreinte=someone, per_hour=1)


def _known(session: Session, site_id: int) -> tuple[SiteDeploiement, list[EvenementSite]]:
    found = find_site(session, site_id)
    assert found is not None
    return found


def irve(points: int = POINTS, *, seed: int = SEED) -> Iterator[bytes]:
    """An IRVE statique 2.3.1 file of so many points, in pieces; the same seed, the same bytes."""
    text = StringIO(newline="")
    writer = csv.DictWriter(text, NOMS)
    writer.writeheader()
    for rows in _stations(points, Random(seed)):  # noqa: S311 reproducible on purpose
        writer.writerows(rows)
        if text.tell() >= PIECE:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def _stations(points: int, alea: Random) -> Iterator[list[Row]]:
    """Rows, station by station, until the points are spent."""
    shares = list(accumulate(gamme.part for gamme in GAMMES))
    for number, commune in enumerate(communes(alea), 1):
        if points <= 0:
            return
        gamme = alea.choices(GAMMES, cum_weights=shares)[0]
        size = min(points, alea.choice(gamme.points))
        points -= size
        station = _station(number, gamme, alea)
        station |= _place(commune, alea) | {"nbre_pdc": size}
        yield [station | _point(number, rank, gamme=gamme, alea=alea) for rank in range(size)]


def _station(number: int, gamme: Gamme, alea: Random) -> Row:
    reseau = alea.choice(RESEAUX)
    gratuit = chance(alea, 5)
    ouverte = OUVERTURE + timedelta(days=alea.randrange(JOURS))
    return {
        "nom_amenageur": f"{reseau} {MENTION}",
        "contact_amenageur": "contact@demonstration.example",
        "nom_operateur": f"{reseau} {MENTION}",
        "contact_operateur": "contact@demonstration.example",
        "telephone_operateur": "+33199001234",  # a range kept for fiction by the French regulator
        "nom_enseigne": f"{reseau} {MENTION}",
        "id_station_itinerance": f"{PREFIXE}P{number:06}",
        "implantation_station": alea.choice(gamme.implantations),
        "gratuit": gratuit,
        "paiement_acte": not gratuit,
        "paiement_cb": not gratuit and chance(alea, 60),
        "paiement_autre": not gratuit,
        "tarification": "" if gratuit else f"{gamme.tarif} {MENTION}",
        "condition_acces": "Accès réservé" if chance(alea, 10) else "Accès libre",
        "reservation": chance(alea, 20),
        "horaires": alea.choice(HORAIRES),
        "accessibilite_pmr": alea.choice(ACCESSIBILITES),
        "restriction_gabarit": alea.choice(GABARITS),
        "station_deux_roues": chance(alea, 3),
        "raccordement": "Indirect",
        "date_mise_en_service": ouverte,
        "observations": "Donnée fictive de démonstration",
        "date_maj": ouverte + timedelta(days=alea.randrange(30)),
    }


def _place(commune: Commune, alea: Random) -> Row:
    """Where a station stands: somewhere inside the commune, under an invented address."""
    here = place(commune, alea)
    voie = alea.choice(VOIES)
    return {
        "nom_station": f"{commune.nom} - {voie} {MENTION}",
        "adresse_station": f"{alea.randint(1, 99)} {voie} {here.code_postal} {commune.nom}",
        "code_insee_commune": here.code_commune,
        "coordonneesXY": f"[{here.lon},{here.lat}]",
    }


def _point(number: int, rank: int, *, gamme: Gamme, alea: Random) -> Row:
    """One charging point; a fast one may lack the older plug, a slow one may hold its cable."""
    prises = gamme.prises - {"chademo"} if chance(alea, 50) else gamme.prises
    return {
        "id_pdc_itinerance": f"{PREFIXE}E{number:06}{rank + 1:02}",
        "puissance_nominale": alea.choice(gamme.puissances),
        **{f"prise_type_{prise}": prise in prises for prise in PRISES},
        "cable_t2_attache": "2" in prises and chance(alea, 10),
    }
