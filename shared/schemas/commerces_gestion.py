"""Public contract of the directory's management: what an agent writes of a shop."""

import re
import unicodedata
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    Field,
    Strict,
    field_validator,
    model_validator,
)

from shared.schemas.commerces import FicheComplete
from shared.schemas.commerces_horaires import Horaires
from shared.schemas.commerces_valeurs import (
    LANGUES,
    AccessibiliteCommerce,
    CanalCommande,
    GenreContact,
    LabelCommerce,
    Modalite,
    Paiement,
    StatutFiche,
)
from shared.schemas.commerces_zones import Zone
from shared.schemas.commun import CurseurDemande, Instant, Jour, Montant, Siret, UnePage
from shared.schemas.formes import (
    CLE_BAN,
    CODE_CATEGORIE,
    CODE_LANGUE,
    CODE_NAF,
    CODE_POSTAL,
    HEURE,
    about,
)
from shared.schemas.geo import Feature, Latitude, Longitude, as_kept
from shared.schemas.lieux import CommuneDemandee
from shared.schemas.modeles import Demande, Reponse, each_once
from shared.schemas.visible import is_seen, visible

CONTACTS_MAX = 10
OSM_MAX = 2_000
_TAG = re.compile(r"<[a-zA-Z/!?]")
_PHONE = re.compile(r"(?:(?:\+|00)330?|0)([1-9][0-9]{8})")
_ABROAD = re.compile(r"\+(?!33)[1-9][0-9]{6,13}")
_SHORT = re.compile(r"(?:3[0-9]{3}|10[0-9]{2}|118[0-9]{3})")
_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}")
URL_MAX = 500
"""Characters of the longest web address."""
COURRIEL_MAX = 254
"""Characters of the longest mail address."""


_TURNS = frozenset({"LRO", "RLO"})
"""Classes of characters that make a text be read otherwise than it is written."""


def _plain(text: str) -> str:
    """One normalised spelling, nothing that is not seen, and nothing a page could run."""
    text = unicodedata.normalize("NFC", visible(text)).strip()
    if any(unicodedata.category(c) in {"Cc", "Cs"} for c in text if c not in "\n\t"):
        raise ValueError("le texte contient un caractère de contrôle")
    if any(unicodedata.bidirectional(c) in _TURNS for c in text):
        raise ValueError("le texte contient un caractère invisible qui change le sens de lecture")
    if _TAG.search(text):
        raise ValueError("le texte contient une balise : un texte simple est attendu")
    return text


def _line(text: str) -> str:
    text = " ".join(_plain(text).split())
    if not is_seen(text):
        raise ValueError("le texte est vide")
    return text


def telephone(text: str) -> str:
    """`01 42 36 00 00` → `+33142360000`; ValueError when it is not one number."""
    # What is copied from an address book brings signs that nobody sees.
    digits = re.sub(r"[\s.\-‑–/()]", "", visible(text).removeprefix("tel:"))
    found = _PHONE.fullmatch(digits)
    if found:
        return f"+33{found[1]}"
    if _ABROAD.fullmatch(digits) or _SHORT.fullmatch(digits):
        return digits
    raise ValueError("un numéro de téléphone est attendu, par exemple 01 42 36 00 00")


def adresse_web(text: str) -> str:
    """An http or https address that a page may link to; ValueError otherwise."""
    refused = ValueError("une adresse http ou https est attendue, par exemple https://exemple.fr")
    if len(text) > URL_MAX or re.search(r"[\s<>\"'`\\]", text) or not text.isprintable():
        raise refused
    try:
        parts = urlsplit(text)
        port_is_read = parts.port is None or parts.port > 0
    except ValueError:
        raise refused from None
    named = parts.scheme in {"http", "https"} and "." in (parts.hostname or "")
    if not (named and port_is_read) or parts.username is not None:
        raise refused
    return text


def courriel(text: str) -> str:
    """A mail address; ValueError otherwise."""
    if len(text) > COURRIEL_MAX or _MAIL.fullmatch(text) is None:
        raise ValueError("une adresse de courriel est attendue, par exemple nom@exemple.fr")
    return text


_CHECKS = {GenreContact.TELEPHONE: telephone, GenreContact.COURRIEL: courriel}
Ligne = Annotated[str, Field(min_length=1, max_length=120), AfterValidator(_line)]
"""One line of plain text."""
Libelle = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_line)]
"""A longer one."""
Texte = Annotated[str, Field(max_length=2_000), AfterValidator(_plain)]
"""Plain text of several lines."""
Entier = Annotated[int, Strict()]
_Lon = Annotated[Longitude, Strict(), AfterValidator(as_kept)]
_Lat = Annotated[Latitude, Strict(), AfterValidator(as_kept)]


def _positive(value: Any) -> Any:
    if value is not None and not 0 <= value < 100_000:  # noqa: PLR2004 more is a mistake
        raise ValueError("un montant entre 0 et 99 999 euros est attendu")
    return value


Prix = Annotated[Montant, AfterValidator(_positive)]
"""Between 0 and 99,999 euros."""


class Contact(Demande):
    """Un moyen de joindre le commerce ; privé tant que son titulaire ne le rend pas public."""

    genre: GenreContact
    valeur: Annotated[str, Field(min_length=1, max_length=URL_MAX)]
    """Numéro, adresse électronique ou adresse web, selon le genre."""
    public: Annotated[bool, Strict()] = False
    """Vrai : montré à tous."""

    @model_validator(mode="before")
    @classmethod
    def _of_its_kind(cls, value: Any) -> Any:
        """The value as its kind writes it."""
        if not isinstance(value, dict) or not isinstance(value.get("valeur"), str):
            return value
        genre = value.get("genre")
        if not isinstance(genre, str) or genre not in set(GenreContact):
            return value
        check = _CHECKS.get(GenreContact(genre), adresse_web)
        return {**value, "valeur": check(value["valeur"].strip())}


def _contacts_once(values: list[Contact]) -> list[Contact]:
    """A number or an address told public and private at once would be neither."""
    each_once([(value.genre, value.valeur) for value in values])
    return values


def _langue(code: str) -> str:
    if code not in LANGUES:
        raise ValueError("un code de langue ISO 639-1 est attendu, comme fr ou ar")
    return code


class HorairesSaisis(Demande):
    """Des horaires écrits d'une seule façon : en clair, au format d'OpenStreetMap ou en texte."""

    horaires: Horaires | None = None
    horaires_osm: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=OSM_MAX,
            description="Au format `opening_hours` d'OpenStreetMap, au lieu de `horaires`.",
            examples=["Mo-Sa 09:00-19:30; PH off"],
        ),
    ] = None
    horaires_texte: Annotated[
        Texte | None, Field(description="En toutes lettres, quand rien d'autre n'est sûr.")
    ] = None

    @model_validator(mode="after")
    def _written_once(self) -> Self:
        if self.horaires is not None and self.horaires_osm is not None:
            raise ValueError("`horaires` et `horaires_osm` disent la même chose : un seul des deux")
        return self


class ModaliteSaisie(HorairesSaisis):
    """Une modalité et tout ce qui en dépend ; sans horaires, ceux du commerce valent."""

    genre: Modalite
    zone: Annotated[Zone | None, Field(description="Où elle est proposée.")] = None
    minimum: Annotated[Prix | None, Field(description="Commande minimale.")] = None
    frais: Prix | None = None
    franco: Annotated[
        Prix | None, Field(description="Montant à partir duquel les frais sont offerts.")
    ] = None
    delai_min: Annotated[
        Entier | None,
        Field(ge=0, le=43_200, description="Minutes entre la commande et le service."),
    ] = None
    canaux: Annotated[list[CanalCommande], Field(max_length=8), AfterValidator(each_once)] = []
    commande_jusqu_a: Annotated[
        str | None,
        Field(
            pattern=HEURE,
            description="Heure limite de commande, à Paris, le jour même.",
            examples=["17:30"],
        ),
    ] = None
    du: Jour | None = None
    """Premier jour où elle est proposée."""
    au: Annotated[Jour | None, Field(description="Dernier jour où elle est proposée.")] = None
    note: Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_line)] | None = None
    """Précision pour les clients, en une ligne."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.du is not None and self.au is not None and self.au < self.du:
            raise about("au", "le dernier jour précède le premier")
        return self


class FicheDecrite(HorairesSaisis):
    """Un commerce tel que son titulaire ou un agent le décrit, entier à chaque fois."""

    nom: Ligne
    """Nom du commerce, celui que lit le public."""
    adresse: Annotated[Ligne, Field(description="Numéro et voie.")]
    complement: Ligne | None = None
    """Complément d'adresse."""
    code_postal: Annotated[str, Field(pattern=CODE_POSTAL, examples=["94440"])]
    """Code postal, cinq chiffres."""
    lon: Annotated[_Lon, Field(description="Degrés WGS 84 ; dans la Métropole.")]
    lat: _Lat
    cle_ban: Annotated[
        str | None,
        Field(pattern=CLE_BAN, description="Clé de la Base adresse nationale."),
    ] = None
    siret: Siret | None = None
    enseigne: Ligne | None = None
    """Enseigne, au répertoire SIRENE."""
    naf: Annotated[
        list[Annotated[str, Field(pattern=CODE_NAF, examples=["10.71C"])]],
        Field(
            max_length=2,
            description="Code NAF rév. 2, code NAF 2025 ou les deux : la dernière lettre dit de "
            "quelle nomenclature il est.",
        ),
    ] = []
    du: Annotated[Jour | None, Field(description="Premier jour d'exploitation.")] = None
    categories: Annotated[
        list[Annotated[str, Field(pattern=CODE_CATEGORIE)]],
        Field(
            min_length=1, max_length=3, description="Codes de la taxonomie, la principale d'abord."
        ),
        AfterValidator(each_once),
    ]
    description: Texte | None = None
    """Présentation du commerce : texte simple."""
    labels: Annotated[list[LabelCommerce], Field(max_length=15), AfterValidator(each_once)] = []
    paiements: Annotated[list[Paiement], Field(max_length=8), AfterValidator(each_once)] = []
    accessibilites: Annotated[
        list[AccessibiliteCommerce], Field(max_length=8), AfterValidator(each_once)
    ] = []
    langues: Annotated[
        list[
            Annotated[
                str,
                Field(pattern=CODE_LANGUE, description="Code ISO 639-1.", examples=["fr"]),
                AfterValidator(_langue),
            ]
        ],
        Field(max_length=10),
        AfterValidator(each_once),
    ] = []
    contacts: Annotated[
        list[Contact], Field(max_length=CONTACTS_MAX), AfterValidator(_contacts_once)
    ] = []
    modalites: Annotated[list[ModaliteSaisie], Field(min_length=1, max_length=5)]

    @field_validator("modalites")
    @classmethod
    def _one_of_each(cls, values: list[ModaliteSaisie]) -> list[ModaliteSaisie]:
        each_once([value.genre for value in values])
        return values


class FicheSaisie(FicheDecrite):
    """Un commerce tel qu'un agent le décrit, avec ce qu'il en sait de plus."""

    niveau_preuve: Annotated[
        Entier | None,
        Field(ge=0, le=3, description="Sans lui, ce qui est prouvé le reste ; 0 si neuve."),
    ] = None
    source: Annotated[
        Ligne | None, Field(description="D'où vient la description ; sinon, l'organisation.")
    ] = None
    licence: Ligne | None = None
    """Licence de ces données."""


class ChangementStatut(Demande):
    """Une décision sur une fiche, avec sa raison."""

    statut: StatutFiche
    motif: Annotated[
        Ligne | None,
        Field(
            description="Pour les agents, et pour le titulaire de la fiche ; jamais public. "
            "Adresses électroniques, numéros de téléphone et plaques y sont masqués."
        ),
    ] = None


class FicheGeree(FicheComplete):
    """Une fiche vue par qui la gère : publique ou non, avec ses contacts privés."""

    statut: StatutFiche
    motif_statut: str | None
    """Raison du dernier changement de statut ; jamais publique."""
    fusionnee_dans: Annotated[
        int | None, Field(description="La fiche qu'un agent a gardée à la place de celle-ci.")
    ]
    contacts: list[Contact]
    enseigne: str | None
    """Enseigne, au répertoire SIRENE."""
    cle_ban: str | None
    """Clé de la Base adresse nationale."""
    du: Jour | None
    """Premier jour d'exploitation ; nul s'il n'est pas connu."""
    au: Jour | None
    """Dernier jour d'exploitation ; nul tant que le commerce est en activité."""
    version: int
    """Change à chaque écriture ; l'`ETag` en dépend."""
    cree_le: Instant
    modifie_le: Instant


class FichesGerees(UnePage):
    """Une page de fiches gérées."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[Feature[FicheGeree]]
    """Les fiches de cette page."""


class RechercheGestion(Demande):
    """Les fiches dont l'agent répond."""

    statut: Annotated[StatutFiche | None, Field(description="Fiches à ce statut.")] = None
    commune: CommuneDemandee = None
    limite: Annotated[int, Field(ge=1, le=200, description="Fiches par page.")] = 50
    curseur: CurseurDemande = None


class RechercheHistorique(Demande):
    """L'histoire d'une fiche, page par page."""

    limite: Annotated[int, Field(ge=1, le=200, description="Étapes par page.")] = 50
    curseur: CurseurDemande = None


class EtapeFiche(Reponse):
    """Ce qui est arrivé à une fiche, quand et par qui ; ce qui a été écrit n'y est pas."""

    instant: Instant
    genre: str
    """`fiche.creee`, `fiche.modifiee`, `fiche.statut`, `fiche.confirmee`, `fiche.fusionnee`,
    `fiche.effacee`, `proposition.…` et `signalement.…` suivis de leur état, `rappel.envoye`,
    `titulaire.deconnecte` (un titulaire a mis fin à des accès)…"""
    auteur: str
    """Une organisation, `commercant`, `public`, ou la tâche de fond qui l'a fait."""
    statut: StatutFiche | None
    """Celui de la fiche après un `fiche.…`."""
    version: int | None
    """Celle de la fiche après un `fiche.…`."""
    numero_import: int | None
    """L'import qui l'a écrite."""
    proposition: int | None
    """La demande en cause ; nulle s'il n'y en a pas."""
    signalement: int | None
    """Le signalement en cause ; nul s'il n'y en a pas."""
