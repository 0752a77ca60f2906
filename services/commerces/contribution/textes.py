"""The mails that merchants receive: plain text, one link at most, nothing of anyone else."""

from typing import Final

from services.commerces.courrier.commands import Texte

LIENS: Final = "/v1/commerces/liens?jeton="
PAGE: Final = "/v1/commerces/mon-commerce?fiche="
_PIED: Final = (
    "\n\nMes commerces à domicile, Métropole du Grand Paris et CCI Paris Île-de-France.\n"
    "Ce message est envoyé par une machine : n'y répondez pas.\n"
)
_OUBLI: Final = (
    "Ce que vous aviez donné est oublié dans soixante jours ; d'ici là vous pouvez encore le lire "
    "ou l'effacer."
)


_ENCORE: Final = (
    "Si vous en répondez toujours, réclamez-la de nouveau, ou écrivez à votre commune ou à la CCI. "
)


def link(adresse: str, jeton: str) -> str:
    return f"{adresse}{LIENS}{jeton}"


def page(adresse: str, numero: int) -> str:
    """Where a merchant keeps a listing: it holds no token."""
    return f"{adresse}{PAGE}{numero}"


def inscription(nom: str | None, lien: str) -> Texte:
    """`nom` is that of a published listing: no stranger's words are sent to an address."""
    what = "inscrire un commerce" if nom is None else f"gérer la fiche de « {nom} »"
    return _text(
        "Confirmez votre inscription",
        f"Quelqu'un a donné votre adresse pour {what}.\n\n"
        f"Si c'est vous, confirmez dans les deux jours :\n{lien}\n\n"
        "Sinon, ne faites rien : rien n'est publié et votre adresse sera oubliée.",
    )


def acces(nom: str, lien: str) -> Texte:
    return _text(
        "Votre lien vers votre fiche",
        f"Pour gérer la fiche de « {nom} », suivez ce lien dans l'heure :\n{lien}\n\n"
        "Si vous ne l'avez pas demandé, ne faites rien.",
    )


def donnees(nom: str, lien: str) -> Texte:
    return _text(
        "Votre lien vers vos données",
        f"Cette adresse n'est pas, ou n'est plus, celle du titulaire de « {nom} ». Pour lire ce "
        f"que l'annuaire garde de vous, ou l'effacer, suivez ce lien dans l'heure :\n{lien}\n\n"
        "Sinon, ne faites rien : tout est oublié soixante jours après ce changement.",
    )


def remplacement(nom: str) -> Texte:
    return _text(
        "Vous ne répondez plus d'une fiche",
        f"Le commerce « {nom} » a changé d'exploitant, ou quelqu'un d'autre en répond désormais : "
        f"votre adresse n'ouvre plus sa fiche.\n\n{_ENCORE}{_OUBLI}",
    )


def rappel(nom: str, jours: int, lien: str) -> Texte:
    return _text(
        "Votre fiche est-elle toujours exacte ?",
        f"La fiche de « {nom} » n'a pas été confirmée depuis {jours} jours. Au bout de 365 jours, "
        f"elle n'est plus montrée.\n\nSi tout est toujours exact, un clic suffit :\n{lien}",
    )


def masquage(nom: str, lien: str) -> Texte:
    return _text(
        "Votre fiche n'est plus montrée",
        f"La fiche de « {nom} » n'a pas été confirmée depuis 365 jours : elle n'est plus montrée "
        f"au public.\n\nSi tout est toujours exact, elle revient par ce lien :\n{lien}",
    )


def fermeture(nom: str, siret: str) -> Texte:
    return _text(
        "Votre fiche n'est plus montrée",
        f"Le répertoire SIRENE de l'INSEE dit fermé l'établissement {siret} : la fiche de « {nom} "
        "» n'est plus montrée au public.\n\nSi vous avez bien fermé, vous n'avez rien à faire. Si "
        "vous avez changé d'adresse ou de SIRET, inscrivez votre nouvel établissement. Si c'est "
        "une erreur, faites-la corriger sur https://formalites.entreprises.gouv.fr et dites-le à "
        "votre commune ou à la CCI, qui remettra la fiche.",
    )


def decision(
    nom: str,
    verdict: str,
    raison: str,
    *,
    fiche: str,
    lien: str | None,
    ecarte: bool,
) -> Texte:
    """`fiche` is the listing's page, `lien` where to answer; `ecarte`: who asked is no holder."""
    said = {
        "accepter": "Votre demande est acceptée",
        "refuser": "Votre demande est refusée",
        "demander": "Une précision vous est demandée",
        "retirer": "Votre accès est retiré",
    }[verdict]
    why = "Question posée" if lien else "Raison donnée"
    if lien:
        then = f"Répondez dans les trente jours, par ce lien :\n{lien}"
    else:
        again = _ENCORE if verdict == "retirer" else ""
        then = f"{again}{_OUBLI}" if ecarte else f"Pour lire ou changer votre fiche :\n{fiche}"
    return _text(said, f"{said}, pour la fiche de « {nom} ».\n\n{why} : {raison}\n\n{then}")


def _text(sujet: str, texte: str) -> Texte:
    return Texte(f"{sujet} — Mes commerces à domicile", texte + _PIED)
