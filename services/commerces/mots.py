"""Words as a search compares them: without accents, case, ligatures, plural or gender."""

import re
import threading
import unicodedata
from typing import Final

import Stemmer

from shared.schemas.commun import LIGATURES

TEXTE_MAX: Final = 4_000
"""Characters of a text that are read."""
MOT_MAX: Final = 32
"""Characters of a word that count; an address or a code is longer, a French word is not."""
_ACCENTS: Final = re.compile("[\u0300-\u034e\u0350-\u036f]+")
"""What combines with a letter, less what joins two of them: all that most texts have."""
_GROUP: Final = re.compile(r"[^\W_]+(?:['’ʼ.\-‐‑][^\W_]+)*")
"""Words that nothing but an apostrophe, a hyphen or a dot parts."""
_WORD: Final = re.compile(r"[^\W_]+")
_GENDER: Final = re.compile(r"(?<=.{3})(ai|oi)se$")
"""japonaise and japonais, but not fraise and frais."""
_PLURAL: Final = re.compile(r"(?<=...)(?:(?<!s)s|(?<!au)x)$")
_FEMININE: Final = re.compile(r"(?<=...)e$")
_DOUBLED: Final = re.compile(r"(.)\1$")
"""italienne and italien, once without its last letter."""
_MADE_OF: Final = re.compile(
    r"(?:n?(?:e?r)?ie|i?ere?|iste|eu(?:r|se)|t|t(?:ier|erie)|i?e?n(?:ne)?|aise?|l(?:le)?)?s?"
)
"""Endings of trades and of shops, of what comes from a country or from nature, and what « bistro »
leaves out."""
_STEMMER: Final = Stemmer.Stemmer("french", 0)
_LOCK: Final = threading.Lock()
"""A stemmer of Snowball works on one word at a time."""


def fold(text: str) -> str:
    """The text in small letters, without accents or ligatures."""
    small = text.casefold()
    if small.isascii():
        return small
    parted = unicodedata.normalize("NFKD", small.translate(LIGATURES))
    plain = _ACCENTS.sub("", parted)
    if plain.isascii():
        return plain.casefold()
    # Case once more: what a compatibility form hides may be a capital.
    return "".join(c for c in parted if not unicodedata.combining(c)).casefold()


def words(text: str) -> list[str]:
    """The folded words of a text, in order."""
    return [word for group in groups(text) for word in split(group)[0]]


def groups(text: str) -> list[str]:
    """The words of a text as they are written; those that no space parts come together."""
    start = text[:TEXTE_MAX]
    return _GROUP.findall(start if start.isascii() else unicodedata.normalize("NFKC", start))


def split(group: str) -> tuple[list[str], list[str]]:
    """The folded words of a group and, when there are several, what they make in one piece.

    Who looks for « Oeno'Vice » or « L'Étoile » also writes oenovice and letoile.
    """
    parts = [folded[:MOT_MAX] for part in _WORD.findall(group) if (folded := fold(part))]
    return parts, ["".join(parts)[:MOT_MAX]] if len(parts) > 1 else []


def racine(word: str) -> str:
    """What the forms of a folded word share."""
    # Snowball leaves « restos » and « jeux » as they are.
    with _LOCK:
        found: str = _STEMMER.stemWord(_GENDER.sub(r"\1", sans_pluriel(word)))
    return found


def singulier(text: str) -> str:
    """One key for the ways to write a name: « Cafés-Restaurants », « cafe restaurant »."""
    return " ".join(map(sans_pluriel, words(text)))


def sans_pluriel(word: str) -> str:
    """A folded word without the mark of its plural."""
    return _PLURAL.sub("", word)


def forme(word: str) -> str:
    """What the forms of one folded word share, less number and gender: more than a root.

    « manga » and « manger » have one root, as have « boucher » and « bouche ».
    """
    word = _GENDER.sub(r"\1", sans_pluriel(word))
    if word.endswith("aux"):
        word = word[:-1] if word.endswith("eaux") else f"{word[:-2]}l"
    return _DOUBLED.sub(r"\1", _FEMININE.sub("", word))


def is_derived(word: str, base: str) -> bool:
    """Whether a folded word is another that begins it: its form, made of it, or what it shortens.

    « Chocolat », « chocolatier »; « Italie », « italienne »; « déco », « décorateur »; « petit »,
    « petite », whose roots Snowball does not find alike.
    """
    if not word.startswith(base):
        return False
    whole = APOCOPES.get(base)
    return (
        _MADE_OF.fullmatch(word, len(base)) is not None
        or forme(word) == forme(base)
        or (whole is not None and word.startswith(whole))
    )


ABREGES: Final = {"st": "saint", "ste": "sainte"}
"""Words that people write short or whole, in a name as in a question."""
APOCOPES: Final = {
    "auto": "automobil",
    "bio": "biolog",
    "deco": "decor",
    "info": "informati",
    "photo": "photograph",
    "thai": "thailand",
    "velo": "veloci",
    "viet": "vietnam",
}
"""Words that people end early, and how the words begin that they stand for."""
ANGLAIS: Final = {
    "bakery": "boulangerie",
    "barber": "barbier",
    "beer": "biere",
    "bike": "velo",
    "books": "livres",
    "bookshop": "librairie",
    "bookstore": "librairie",
    "bread": "pain",
    "butcher": "boucherie",
    "cheese": "fromage",
    "chocolate": "chocolat",
    "clothes": "vetements",
    "coffee": "cafe",
    "fish": "poisson",
    "fishmonger": "poissonnerie",
    "florist": "fleuriste",
    "flowers": "fleurs",
    "groceries": "epicerie",
    "grocery": "epicerie",
    "hairdresser": "coiffeur",
    "jewelry": "bijouterie",
    "laundry": "laverie",
    "locksmith": "serrurier",
    "meat": "viande",
    "optician": "opticien",
    "pastry": "patisserie",
    "pharmacy": "pharmacie",
    "plumber": "plombier",
    "shoes": "chaussures",
    "supermarket": "supermarche",
    "tea": "the",
    "toys": "jouets",
    "vegetables": "legumes",
    "wine": "vin",
}
"""What visitors type for a trade or what it sells, and the word that listings have."""
ORTHOGRAPHES: Final = {
    "cacher": "casher",
    "cachere": "cacher",
    "casher": "cacher",
    "clef": "cle",
    "cle": "clef",
    "clefs": "cles",
    "cles": "clefs",
    "halal": "hallal",
    "hallal": "halal",
    "kasher": "cacher",
    "kosher": "cacher",
}
"""Words that are spelled in several ways, each with another that signs have."""
JUMEAUX: Final = (
    ANGLAIS | ABREGES | ORTHOGRAPHES | {whole: short for short, whole in ABREGES.items()}
)
VIDES: Final = frozenset(
    words(
        "a ai as au aux avec c ce ces cet cette chez d dans de des du elle en est et eux il ils j"
        " je l la le les leur leurs lui m ma mes mon n ne nos notre nous on ou par pas pour qu que"
        " qui s sa se ses si son sont sous sur t ta te tes ton tu un une vers vos votre vous y"
    )
)
"""Words that a question keeps only when it has no other."""
GENERIQUES: Final = frozenset(
    words(
        "magasin magasins boutique boutiques commerce commerces commercant commercants commercante"
        " commercantes marchand marchande marchands marchandes vendeur vendeurs vendeuse vente"
        " ventes vend vendre achat achats acheter cherche chercher trouver pres proche proches moi"
        " autour alentours ouvert ouverte ouverts ouvertes open shop shops near me"
    )
)
"""Words that say « a shop », « near me », « open »: a question keeps them when it has no other."""
