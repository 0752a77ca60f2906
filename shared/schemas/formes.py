"""How codes are written, and the words for it when one is not; the field that is at fault."""

from collections.abc import Mapping
from typing import Final

from pydantic_core import PydanticCustomError

CODE_INSEE: Final = r"^(?:0[1-9]|[1-8][0-9]|9[0-8]|2[AB])[0-9]{3}$"
INSEE_ECRIT: Final = r"^[0-9][0-9AB][0-9]{3}$"
"""One that may be no commune's: to look for, and not find."""
TERRITOIRE: Final = r"^T([1-9]|1[0-2])$"
EPT: Final = r"^(T([1-9]|1[0-2])|\d{9})$"
CODE_TERRITOIRE: Final = r"^(T([1-9]|1[0-2])|\d[0-9AB]\d{3})$"
PREFIXE: Final = r"^FR[A-Z0-9]{3}$"
PREFIXE_CONSTATS: Final = r"^(?:FR[A-Z0-9]{3}|NC)$"
CODE_REGLE: Final = r"^[A-Z0-9]{4}$"
CODE_POSTAL: Final = "^[0-9]{5}$"
CODE_NAF: Final = r"^[0-9]{2}\.[0-9]{2}[A-Z]$"
CODE_LANGUE: Final = "^[a-z]{2}$"
CODE_CATEGORIE: Final = "^[a-z][a-z_]{1,39}$"
CLE_BAN: Final = "^[0-9A-Za-z_]{1,60}$"
LIEU_DE_REGLE: Final = "^[0-9A-Za-z]{1,10}$"
HEURE: Final = "^([01][0-9]|2[0-3]):[0-5][0-9]$"
COULEUR: Final = "^[0-9a-fA-F]{6}$"
ADRESSE_WEB: Final = "^https?://"
ADRESSE_WEB_SEULE: Final = r"^https?://[\x21-\x7e]+$"
NUMERO_ECRIT: Final = "^[1-9][0-9]{0,9}$"
JETON: Final = "^[A-Za-z0-9_-]{43}$"
"""256 bits, as they are given out."""
SANS_ESPACE: Final = r"^[\x21-\x7e]+$"
SANS_NUL: Final = r"^[^\x00]*$"
ID_STATION: Final = "^[A-Z]{2}[A-Z0-9]{4,33}$"
PARTIE_A_NOUS: Final = "^[A-Z0-9]{3}$"
RACINE_WEB: Final = "^https?://[^/?#]+$"
OCPI_PAYS: Final = "^[A-Za-z]{2}$"
OCPI_PARTIE: Final = "^[A-Za-z0-9]{3}$"
OCPI_TROIS_LETTRES: Final = "^[A-Z]{3}$"
OCPI_DEGRES: Final = r"^-?[0-9]{1,3}\.[0-9]{5,7}$"

_COMMUNE: Final = "un code INSEE de commune est attendu, comme 92012 ou 75116"
_TERRITOIRE: Final = "un territoire est attendu, de T1 à T12"
_ADRESSE: Final = "une adresse http ou https est attendue, comme https://exemple.fr"
_IMPRIMABLE: Final = "seuls des caractères ASCII sont acceptés : ni accent, ni espace"
_PREFIXE: Final = "un préfixe d'opérateur est attendu, comme FRMGP"
FORMES: Final[Mapping[str, str]] = {
    CODE_INSEE: _COMMUNE,
    INSEE_ECRIT: _COMMUNE,
    TERRITOIRE: _TERRITOIRE,
    EPT: f"{_TERRITOIRE}, ou son SIREN",
    CODE_TERRITOIRE: f"{_COMMUNE}, ou un territoire de T1 à T12",
    PREFIXE: _PREFIXE,
    PREFIXE_CONSTATS: f"{_PREFIXE}, ou NC",
    CODE_REGLE: "le code d'une règle est attendu, comme PDCL",
    CODE_POSTAL: "un code postal de cinq chiffres est attendu, comme 94440",
    CODE_NAF: "un code NAF est attendu, comme 10.71C",
    CODE_LANGUE: "un code de langue ISO 639-1 est attendu, comme fr ou ar",
    CODE_CATEGORIE: "le code d'une catégorie est attendu, comme fromagerie",
    CLE_BAN: "une clé de la Base adresse nationale est attendue, comme 94048_0123_00001",
    LIEU_DE_REGLE: "`metropole`, un département, un territoire de T1 à T12 ou un code INSEE est "
    "attendu",
    HEURE: "une heure HH:MM est attendue, de 00:00 à 23:59",
    COULEUR: "une couleur est attendue : six chiffres hexadécimaux sans #, comme 14405e",
    ADRESSE_WEB: _ADRESSE,
    ADRESSE_WEB_SEULE: _ADRESSE,
    NUMERO_ECRIT: "un numéro est attendu, comme 42",
    JETON: "un jeton de 43 caractères est attendu, tel que dans le lien reçu",
    SANS_ESPACE: _IMPRIMABLE,
    SANS_NUL: "un caractère du texte n'est pas accepté (le caractère nul)",
    ID_STATION: "l'identifiant d'une station est attendu, comme FRMGPP75001001",
    PARTIE_A_NOUS: "trois lettres majuscules ou chiffres sont attendus, comme GPR",
    RACINE_WEB: "une adresse http ou https sans chemin est attendue, comme https://exemple.fr",
    OCPI_PAYS: "un code de pays de deux lettres est attendu, comme FR",
    OCPI_PARTIE: "trois lettres ou chiffres sont attendus, comme GPR",
    OCPI_TROIS_LETTRES: "un code de trois lettres majuscules est attendu, comme FRA ou EUR",
    OCPI_DEGRES: "des degrés sont attendus, avec cinq à sept décimales, comme 48.85661",
}
"""What is expected, by pattern: nobody should have to read one."""

D_UN_CHAMP: Final = "champ"
"""Type of an error of a whole model that is one field's; `champ` in its context names it."""


def about(champ: str, text: str) -> PydanticCustomError:
    """An error found by looking at several fields, to raise, which is told of one of them."""
    return PydanticCustomError(D_UN_CHAMP, "{texte}", {"champ": champ, "texte": text})
