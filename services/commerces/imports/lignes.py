"""Judges one record: what is kept of the shop, how it is identified, what was found wrong."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from services.commerces import taxonomie
from services.commerces.imports import (
    accords,
    detail,
    jours,
    listes,
    nettoyage,
    positions,
    sirene,
    situations,
)
from services.commerces.imports.colonnes import COLONNES, NOMS, OUVERT, PUBLICATION
from services.commerces.imports.constats import Constat, statut
from services.commerces.imports.contacts import contacts
from services.commerces.imports.copie import Lue, acceptee, rejetee
from services.commerces.imports.dates import premier_jour, verifie
from services.commerces.imports.fichier import Enregistrement, Valeurs
from services.commerces.imports.identite import Identite, identifiant, identite, siret
from services.commerces.imports.memoire import memo
from services.commerces.imports.modalites import Modalites
from services.commerces.imports.nettoyage import en_texte
from services.commerces.imports.situations import Situation
from services.commerces.naf import CodesNaf
from shared.schemas.commerces_valeurs import Modalite
from shared.transfers.misread import restored
from shared.transfers.spreadsheets import retrouver, sans_egal

NOM_MAX: Final = 120
TEXTE_MAX: Final = 2_000
CODE_POSTAL_MAX: Final = 70
"""With what people write after it."""
_LISTES: Final = ("paiements", "accessibilites")
_SANS_CATEGORIE: Final = listes.Choix(
    (listes.AUTRE,), (Constat("CATE", "categories", None, listes.AUTRE),)
)
_EXCLUSIONS: Final = (
    (OUVERT, "FERM", listes.is_closed),
    ("nom", "FERM", listes.is_named_closed),
    (PUBLICATION, "REFU", accords.is_refusal),
)
"""Columns by which a line says that its shop is not to be published, with what tells it."""
_SANS_NAF: Final = listes.naf_by_kind(())
_categories = memo(listes.categories)
_labels_of_categories = memo(listes.labels_of_categories)
_choix = memo(listes.choix)
_naf = memo(listes.naf)
_is_vacant = memo(listes.is_vacant)
_heures_de_description = memo(detail.heures_de_description)


@dataclass(frozen=True)
class Lecteur:
    """Reads the records of one file for one sender."""

    colonnes: frozenset[str]
    aujourd_hui: date
    sirene: bool = False
    textes: bool = False
    """Every value is a text, as in a CSV."""
    par_defaut: Modalite | None = None
    """Modality of the lines that tell none."""
    sol: Collection[str] | None = None
    """Communes and arrondissements that the sender answers for; None for all."""
    _modalites: Modalites = field(init=False)

    def __post_init__(self) -> None:
        # Any record of JSON may have any column: the first ones do not tell them all.
        columns = self.colonnes if self.textes else COLONNES
        read = Modalites(columns, self.par_defaut, brouillon=self.sirene)
        object.__setattr__(self, "_modalites", read)

    def lire(self, record: Enregistrement) -> str:
        """A line for COPY, without its end."""
        numero, valeurs = record
        if valeurs is None:
            return rejetee(numero, [Constat("CELL" if self.textes else "ELEM", None)])
        constats: list[Constat] = []
        if self.textes:
            valeurs = _unmarked(valeurs)
        valeurs = _restored(valeurs, constats)
        action: str | None = None
        judged: tuple[Constat, ...] = ()
        if self.sirene:
            action, judged = sirene.judge(valeurs)
            valeurs = valeurs | sirene.named(valeurs)
        elif told := _named(valeurs, constats) | _addressed(valeurs) | jours.timed(valeurs):
            valeurs = valeurs | told
        cells = valeurs if self.textes else {c: en_texte(value) for c, value in valeurs.items()}
        if not self.sirene and (why := _left_out(cells)):
            return self._withdrawn(numero, why, valeurs, cells)
        nom = _line(constats, cells, "nom", NOM_MAX)
        who, situation = self._identified(nom, valeurs, cells, constats)
        lue = self._described(nom, situation, valeurs, cells, constats)
        constats += judged
        mot = statut(constats)
        if lue is None or mot == "rejete":
            return rejetee(numero, constats, who, action=action, nom=nom)
        return acceptee(numero, mot, lue, who, constats)

    def _withdrawn(self, numero: int, why: Constat, valeurs: Valeurs, cells: dict[str, str]) -> str:
        """A line that takes away the shop it is of: nothing else of it is judged."""
        unsaid: list[Constat] = []
        nom = _line(unsaid, cells, "nom", NOM_MAX)
        named = None if nom is None or _is_vacant(nom) else listes.open_name(nom) or None
        who, situation = self._identified(named, valeurs, cells, unsaid)
        # Where it says that it stands, were it outside the Métropole.
        place = situation.place or positions.position(valeurs)
        return rejetee(numero, [why], who, action="retirer", nom=nom, place=place)

    def _identified(
        self, nom: str | None, valeurs: Valeurs, cells: dict[str, str], constats: list[Constat]
    ) -> tuple[Identite, Situation]:
        adresse = _line(constats, cells, "adresse", NOM_MAX)
        postcode = _line(constats, cells, "code_postal", CODE_POSTAL_MAX)
        situation = situations.situer(valeurs, adresse, postcode)
        constats += situation.constats
        number, said = siret(cells.get("siret", ""))
        own, doubt = identifiant(cells.get("identifiant", ""))
        constats += (*said, *doubt)
        self._check(nom, situation, constats)
        who = identite(
            identifiant=own,
            nom=nom,
            adresse=situation.adresse,
            code_postal=situation.code_postal,
            siret=number,
        )
        return who, situation

    def _check(self, nom: str | None, situation: Situation, constats: list[Constat]) -> None:
        """What a listing cannot do without, and where its sender may write."""
        for column, value in (("nom", nom), ("adresse", situation.adresse)):
            if value is None:
                constats.append(Constat("OBLI", column))
        if nom is not None and len(nom) > 3 and nom.isupper():  # noqa: PLR2004 « BHV » is a name
            constats.append(Constat("MAJU", "nom", nom, nom))
        place = situation.place
        if place is not None and self.sol is not None:
            commune, arrondissement, _ = place.lieu
            if commune not in self.sol and arrondissement not in self.sol:
                constats.append(Constat("TERR", "position", commune))

    def _described(
        self,
        nom: str | None,
        situation: Situation,
        valeurs: Valeurs,
        cells: dict[str, str],
        constats: list[Constat],
    ) -> Lue | None:
        """What the line says of the shop; nothing when it is nowhere."""
        if situation.place is None:
            return None
        description, hours = _texts(cells, constats)
        naf, kinds = _codes(cells, constats)
        return Lue(
            nom=nom,
            enseigne=_line(constats, cells, "enseigne", NOM_MAX),
            naf=kinds,
            complement=_line(constats, cells, "complement", NOM_MAX),
            situation=situation,
            cle_ban=situations.cle_ban(cells.get("cle_ban", ""), constats),
            du=premier_jour(cells.get("du", ""), self.aujourd_hui, constats),
            categories=_categories_of(cells, naf, constats),
            description=description,
            listes=[
                _labels(cells, constats),
                *[_list(name, cells, constats) for name in _LISTES],
                _langues(cells, constats),
            ],
            contacts=contacts(cells, constats),
            heures=hours,
            verifie_le=verifie(cells.get("verifie_le", ""), self.aujourd_hui, constats),
            modalites=self._modalites.lire(valeurs, cells, constats),
        )


def _left_out(cells: dict[str, str]) -> Constat | None:
    """Why a line is of no shop to publish, if it is not."""
    for column in ("categories", "nom"):
        if _is_vacant(cells.get(column, "")):
            return Constat("VACA", column, cells[column])
    for column, code, is_so in _EXCLUSIONS:
        said = cells.get(column)
        if said and is_so(said):
            return Constat(code, column, said)
    return None


def _unmarked(valeurs: Valeurs) -> Valeurs:
    """The cells of a row without what keeps a spreadsheet from computing them.

    Our exports, among others, put an apostrophe before them, others write `="75004"`.
    """
    found = {
        c: retrouver(sans_egal(cell)) for c, cell in valeurs.items() if "'" in cell or "=" in cell
    }
    return valeurs | found if found else valeurs


def _restored(valeurs: Valeurs, constats: list[Constat]) -> Valeurs:
    """What a line tells, less what another program did to its letters."""
    found = {
        column: text
        for column, value in valeurs.items()
        if isinstance(value, str) and (text := restored(value)) is not value
    }
    if not found:
        return valeurs
    constats += [Constat("TEXT", column, valeurs[column], text) for column, text in found.items()]
    return valeurs | found


def _named(valeurs: Valeurs, constats: list[Constat]) -> Valeurs:
    """The name of a shop that has none but that of its sign, its company or who holds it."""
    if nettoyage.is_said(valeurs.get("nom")):
        return {}
    for one in NOMS:
        if nettoyage.is_said(valeurs.get(one)):
            return {"nom": valeurs[one]}
    person = sirene.person(valeurs)
    if person:
        constats.append(Constat("NOMP", "nom", None, person))
    return {"nom": person} if person else {}


def _addressed(valeurs: Valeurs) -> Valeurs:
    """The address of a shop that is told in parts."""
    if "libelle_voie" not in valeurs or nettoyage.is_said(valeurs.get("adresse")):
        return {}
    return {"adresse": sirene.street(valeurs)}


def _line(constats: list[Constat], cells: dict[str, str], name: str, limit: int) -> str | None:
    value = cells.get(name)
    if not value:
        return None
    if nettoyage.is_tidy(value, limit):
        return value
    return _take(constats, nettoyage.ligne(name, value, limit))


def _take(constats: list[Constat], lu: nettoyage.Lu) -> str | None:
    if lu.constats:
        constats += lu.constats
    return lu.valeur


def _take_choice(constats: list[Constat], choice: listes.Choix) -> tuple[str, ...]:
    if choice.constats:
        constats += choice.constats
    return choice.valeurs


def _list(name: str, cells: dict[str, str], constats: list[Constat]) -> tuple[str, ...]:
    value = cells.get(name)
    return _take_choice(constats, _choix(name, name, value)) if value else ()


def _labels(cells: dict[str, str], constats: list[Constat]) -> tuple[str, ...]:
    """Those of their column, and those told with the kind of shop: « Boucherie halal »."""
    own, kind = _list("labels", cells, constats), cells.get("categories")
    return tuple(dict.fromkeys((*own, *_labels_of_categories(kind)))) if kind else own


def _langues(cells: dict[str, str], constats: list[Constat]) -> tuple[str, ...]:
    value = cells.get("langues")
    return _take_choice(constats, listes.langues(value)) if value else ()


def _codes(cells: dict[str, str], constats: list[Constat]) -> tuple[tuple[str, ...], CodesNaf]:
    """The activity, as it was told and by nomenclature."""
    old, new = cells.get("naf", ""), cells.get("naf_2025", "")
    kind = cells.get("categories", "")
    if not old and kind and listes.is_naf(kind):  # « Activité : 56.10A »
        old = kind
    if not (old or new):
        return (), _SANS_NAF
    codes = _take_choice(constats, _naf(old, new))
    return codes, listes.naf_by_kind(codes)


def _categories_of(
    cells: dict[str, str], naf: tuple[str, ...], constats: list[Constat]
) -> tuple[str, ...]:
    finer, named = cells.get("sous_categories"), cells.get("categories")
    read = _categories(named) if named else _SANS_CATEGORIE
    if finer and (told := _categories(finer)).valeurs != (listes.AUTRE,):
        return _take_choice(constats, told)
    if any(one.code == "CATE" for one in read.constats) and (found := taxonomie.of_naf([*naf])):
        if named and not listes.is_naf(named):
            constats.append(Constat("VALI", "categories", named, found))
        return (found,)
    return _take_choice(constats, read)


def _present(cells: dict[str, str], name: str, constats: list[Constat]) -> str:
    """A cell that says something; one that says that there is nothing is as if it were empty."""
    value = cells.get(name, "")
    if value and nettoyage.is_absent(value):
        constats.append(Constat("NULX", name, value))
        return ""
    return value


def _texts(cells: dict[str, str], constats: list[Constat]) -> tuple[str | None, detail.Heures]:
    """The description, and the hours: of their own column, else those that a text tells."""
    texts: list[str] = []
    for name in ("description", "precisions"):
        if name in cells:
            text = _take(constats, nettoyage.texte(name, cells[name], TEXTE_MAX))
            if text and text not in texts:
                texts.append(text)
    hours = _hours(_present(cells, "horaires", constats), cells, texts, constats)
    if hours.constats:
        constats += hours.constats
    return "\n".join(texts)[:TEXTE_MAX] or None, hours


def _hours(
    told: str, cells: dict[str, str], texts: list[str], constats: list[Constat]
) -> detail.Heures:
    written = _present(cells, "horaires_texte", constats)
    if told and written:
        return detail.both("horaires", told, written)
    if told or written:
        return jours.heures("horaires", told or written)
    others = [("description", text) for text in reversed(texts)]
    for column, text in ((OUVERT, cells.get(OUVERT, "")), *others):
        found = _heures_de_description(column, text)
        if found.horaires or found.texte:
            return found
    return detail.SANS_HEURES
