"""Plausible, wholly fictive shops in the real communes, for `relance demo` and the benches."""

from collections.abc import Iterator, Mapping
from math import cos, pi, sin
from random import Random
from typing import Any, Final

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from services.commerces import commands, taxonomie
from services.commerces.commands import Auteur
from services.commerces.contribution import commands as contribution
from services.commerces.contribution import saisies
from services.commerces.contribution.models import Inscription, Titulaire
from services.commerces.liens import commands as liens
from services.commerces.models import Exploitation, Fiche, Lieu
from services.commerces.origines import commands as origines
from services.commerces.signalements import commands as signalements
from services.commerces.zones import CHEZ_LE_CLIENT
from shared.fictive import chance, communes, place
from shared.schemas.commerces_contribution import ObjetLien, PropositionNouvelle
from shared.schemas.commerces_gestion import (
    FicheDecrite,
    FicheSaisie,
    ModaliteSaisie,
)
from shared.schemas.commerces_signalements import MotifFiche, SignalementFicheNouveau
from shared.schemas.commerces_valeurs import (
    AccessibiliteCommerce,
    CanalCommande,
    LabelCommerce,
    Modalite,
    Paiement,
    StatutFiche,
    VerifiePar,
)
from shared.territoire import Commune
from shared.territoire.mesures import COS_PARIS

MENTION: Final = "(commerce fictif)"
"""Ends every name a reader could take for a real one."""
FICTIF: Final = "Demande fictive de démonstration"
COMMUNE: Final = "94048"
"""Whose queue is never empty: the commune of a key of the demonstration."""
PLACES: Final = ((2.5553, 48.7375, "94440"), (2.3522, 48.8566, "75004"))
"""Where new shops ask to be listed."""
FICHES: Final = 600
SEED: Final = 2020
AUTEUR: Final = Auteur("demonstration", VerifiePar.IMPORT)
NOMS: Final = ("Chez Démo", "Aux Essais", "Le Comptoir d'exemple", "Maison Modèle", "L'Échantillon")
VOIES: Final = (
    "rue des Érables",
    "avenue du Parc",
    "place du Marché",
    "boulevard des Tilleuls",
    "rue de la Fontaine",
    "allée des Peupliers",
)
HORAIRES: Final = (
    "Tu-Sa 08:30-13:00,15:30-19:30; Su 09:00-13:00; PH off",
    "Mo-Sa 09:30-19:00; PH off",
    "Mo-Su 12:00-14:30,19:00-23:00",
    "Mo-Sa 08:00-20:00; PH off",
    "Th-Sa 18:00-02:00; PH off",
)
"""Hours of shops, at OpenStreetMap's format."""
TOURNEES: Final = ("Mo-Sa 17:00-21:00; PH off", "Tu-Sa 10:00-12:30; PH off", "Mo-Su 18:30-22:30")
"""Hours of deliveries."""

Json = dict[str, Any]


def fill(engine: Engine) -> None:
    """Publish the fictive shops in a directory that has none."""
    with Session(engine) as session, session.begin():
        if session.scalar(select(Fiche.id).limit(1)) is None:
            for saisie in shops():
                fiche = commands.create(session, FicheSaisie.model_validate(saisie), auteur=AUTEUR)
                commands.change_status(
                    session, fiche, StatutFiche.PUBLIEE, "Démonstration", auteur=AUTEUR
                )
            _queue(session)


def _queue(session: Session) -> None:
    """What merchants and the public ask of agents: in one commune, then all over the Métropole."""
    for number, (lon, lat, code_postal) in enumerate(PLACES, 1):
        new = FicheDecrite(
            nom=f"Nouvelle fromagerie {number} {MENTION}",
            adresse=f"{number} rue de la Fontaine",
            code_postal=code_postal,
            lon=lon,
            lat=lat,
            categories=["fromagerie"],
            modalites=[ModaliteSaisie(genre=Modalite.COMPTOIR)],
        )
        _follow(session, Inscription(saisie=saisies.wanted(new, pointer="#/fiche")), number)
    here = func.coalesce(Lieu.code_commune == COMMUNE, False).desc()
    some = select(Fiche).join(Exploitation).join(Lieu).where(Fiche.statut == StatutFiche.PUBLIEE)
    for number, fiche in enumerate(session.scalars(some.order_by(here, Fiche.id).limit(3)), 1):
        titulaire = _follow(session, Inscription(fiche_id=fiche.id), 10 + number)
        described = saisies.read(saisies.current(fiche))
        changed = described.model_copy(update={"description": "Fermé le lundi (fictif)."})
        wanted = PropositionNouvelle(fiche=changed, message=FICTIF)
        tag = commands.version(fiche)
        contribution.propose(session, titulaire, wanted, if_match=tag)
        if number > 1:
            closing = PropositionNouvelle(fermeture=True, message=FICTIF)
            contribution.propose(session, titulaire, closing, if_match=tag)
        signalements.report(
            session,
            fiche.id,
            SignalementFicheNouveau(motif=MotifFiche.HORAIRES, commentaire=FICTIF),
            empreinte=origines.fingerprint(session, None),
            per_hour=100,
        )


def _follow(session: Session, asked: Inscription, number: int) -> Titulaire:
    """Someone who registers and follows the link; no mail is written."""
    asked.courriel, asked.message = f"commercant-{number}@boutique.example", FICTIF
    session.add(asked)
    session.flush()
    jeton, _ = liens.give(session, ObjetLien.INSCRIPTION, inscription_id=asked.id)
    done = liens.follow(session, jeton)
    of_it = select(Titulaire).where(Titulaire.fiche_id == done.fiche_id)
    return session.scalars(of_it.order_by(Titulaire.id.desc()).limit(1)).one()


def shops(count: int = FICHES, *, seed: int = SEED) -> Iterator[Json]:
    """So many shops as an agent would write them; the same seed, the same shops."""
    alea = Random(seed)  # noqa: S311 reproducible on purpose
    leaves = _leaves()
    for number, commune in zip(range(count), communes(alea), strict=False):
        code = alea.choice(leaves)
        nom = taxonomie.categories()[code].nom
        yield {
            "nom": f"{alea.choice(NOMS)} {number + 1}, {nom.lower()} {MENTION}",
            **_place(commune, alea),
            "categories": [code],
            "description": f"Donnée fictive de démonstration : {nom.lower()}.",
            "labels": _some(alea, tuple(LabelCommerce), 2),
            "paiements": _some(alea, tuple(Paiement), 4),
            "accessibilites": _some(alea, tuple(AccessibiliteCommerce)[:3], 1),
            "langues": ["fr"],
            "contacts": [
                # A range kept for fiction by the French regulator.
                {"genre": "telephone", "valeur": "+33199001234", "public": True},
                {"genre": "site", "valeur": "https://boutique.example/", "public": True},
                {"genre": "courriel", "valeur": "contact@boutique.example"},
            ],
            "horaires_osm": alea.choice(HORAIRES) if chance(alea, 85) else None,
            "modalites": _modalites(commune, alea),
            "source": f"démonstration {MENTION}",
        }


def _leaves() -> list[str]:
    parents = {category.parent for category in taxonomie.categories().values()}
    return [code for code in taxonomie.categories() if code not in parents]


def _place(commune: Commune, alea: Random) -> Json:
    """Where a shop stands: somewhere inside the commune, under an invented address."""
    here = place(commune, alea)
    return {
        "adresse": f"{alea.randint(1, 99)} {alea.choice(VOIES)}",
        "code_postal": here.code_postal,
        "lon": here.lon,
        "lat": here.lat,
    }


def _modalites(commune: Commune, alea: Random) -> list[Json]:
    """The counter nearly always, and one to three other ways to be served."""
    kinds = [genre for genre in Modalite if chance(alea, _FREQUENCES[genre])]
    return [_modalite(genre, commune, alea) for genre in kinds or [Modalite.COMPTOIR]]


_FREQUENCES: Final[Mapping[Modalite, int]] = {
    Modalite.DRIVE: 15,
    Modalite.LIVRAISON: 55,
    Modalite.POINT_COLLECTE: 10,
    Modalite.COMPTOIR: 90,
    Modalite.DEPANNAGE_URGENCE: 5,
}
"""Chances in a hundred that a shop offers each."""


def _modalite(genre: Modalite, commune: Commune, alea: Random) -> Json:
    found: Json = {"genre": genre, "canaux": _some(alea, tuple(CanalCommande), 3)}
    if genre in CHEZ_LE_CLIENT:
        found |= {
            "zone": _zone(commune, alea),
            "horaires_osm": alea.choice(TOURNEES),
            "minimum": alea.choice((None, "15.00", "25.00")),
            "frais": alea.choice((None, "2.50", "4.90")),
            "franco": alea.choice((None, "40.00")),
            "delai_min": alea.choice((None, 45, 90, 1_440)),
            "commande_jusqu_a": alea.choice((None, "17:30")),
        }
    return found


def _zone(commune: Commune, alea: Random) -> Json | None:
    """A zone of each shape, or none that is said."""
    match alea.randrange(10):
        case 0:
            return None
        case 1 | 2 | 3:
            return {"type": "communes", "codes": [commune.code]}
        case 4:
            return {"type": "codes_postaux", "codes": [commune.codes_postaux[0]]}
        case 5 | 6:
            return {"type": "polygone", "geometrie": _contour(commune, alea)}
        case _:
            return {"type": "rayon", "rayon_m": alea.choice((1_000, 2_000, 3_000, 5_000))}


def _contour(commune: Commune, alea: Random) -> Json:
    """A contour of a dozen corners around the commune's middle."""
    corners = 12
    ring = []
    for corner in range(corners):
        reach = alea.uniform(0.01, 0.03)
        angle = 2 * pi * corner / corners
        ring.append(
            [
                round(commune.lon + reach * cos(angle) / COS_PARIS, 6),
                round(commune.lat + reach * sin(angle), 6),
            ]
        )
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


def _some(alea: Random, values: tuple[str, ...], most: int) -> list[str]:
    return alea.sample(values, alea.randint(0, most))
