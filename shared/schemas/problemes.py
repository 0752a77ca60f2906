"""The body of every error (RFC 9457) and the catalogue of its stable codes."""

from typing import NamedTuple

from pydantic import ConfigDict, Field

from shared.schemas.modeles import Modele

MEDIA_TYPE = "application/problem+json"


class ValeurRefusee(Modele):
    """Une valeur refusée, et à quelle place : celle d'un paramètre, ou une dans le corps."""

    parametre: str | None = Field(
        None, description="Paramètre d'adresse ou en-tête.", examples=["limite"]
    )
    pointer: str | None = Field(
        None,
        description="Place dans le corps : pointeur JSON (RFC 6901) en fragment d'adresse.",
        examples=["#/trace/coordinates/1"],
    )
    detail: str = Field(description="Ce qui est attendu.")


class Probleme(Modele):
    """Une erreur, décrite selon la RFC 9457. Des membres propres au problème peuvent s'ajouter."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(
        description="Adresse de la page qui décrit ce type de problème.",
        examples=["/problemes/introuvable"],
    )
    title: str = Field(description="Nom du type de problème.", examples=["Ressource introuvable"])
    status: int = Field(ge=400, le=599, description="Statut HTTP.", examples=[404])
    detail: str = Field(description="Ce qui s'est passé, et ce qui peut y remédier.")
    instance: str = Field(description="Chemin de la requête.")
    code: str = Field(
        description="Code stable, à traiter par un programme.", examples=["introuvable"]
    )
    parametre: str | None = Field(
        None, description="Premier paramètre en cause (`parametre-invalide`)."
    )
    erreurs: list[ValeurRefusee] | None = Field(
        None,
        description="Les valeurs refusées, cinquante au plus "
        "(`parametre-invalide`, `corps-invalide`).",
    )
    nombre_erreurs: int | None = Field(
        None, description="Leur nombre, quand le contrat de la route les a toutes comptées."
    )


class TypeProbleme(NamedTuple):
    """One entry of the catalogue."""

    statut: int
    titre: str
    description: str


# The first code of a status is the one given to an error that only has a status.
CATALOGUE: dict[str, TypeProbleme] = {
    "requete-refusee": TypeProbleme(
        400, "Requête refusée", "La requête n'a pas la forme attendue ; `detail` dit en quoi."
    ),
    "parametre-invalide": TypeProbleme(
        400,
        "Paramètre invalide",
        "Un paramètre d'adresse ou un en-tête est inconnu, absent ou mal formé. "
        "`erreurs` les énumère : `parametre` et `detail`.",
    ),
    "corps-illisible": TypeProbleme(
        400,
        "Corps illisible",
        "Le corps de la requête ne se lit pas : ce n'est pas du JSON valide.",
    ),
    "authentification-requise": TypeProbleme(
        401,
        "Authentification requise",
        "Cette ressource demande une clé d'accès valide : `Authorization: Bearer rgp_…`.",
    ),
    "acces-refuse": TypeProbleme(
        403, "Accès refusé", "La clé d'accès est valide mais ne donne pas ce droit."
    ),
    "introuvable": TypeProbleme(
        404,
        "Ressource introuvable",
        "Rien n'existe à cette adresse, ou rien que cette clé d'accès permette de voir.",
    ),
    "methode-refusee": TypeProbleme(
        405, "Méthode refusée", "L'en-tête `Allow` énumère les méthodes que cette adresse accepte."
    ),
    "conflit": TypeProbleme(
        409,
        "Conflit avec l'état actuel",
        "L'état actuel de la ressource ne permet pas cette action.",
    ),
    "disparu": TypeProbleme(
        410, "Ressource retirée", "La ressource a existé ; elle a été retirée et ne reviendra pas."
    ),
    "precondition-echouee": TypeProbleme(
        412,
        "Version périmée",
        "La ressource a changé depuis la version citée par `If-Match` : "
        "la relire, puis recommencer.",
    ),
    "trop-volumineux": TypeProbleme(
        413, "Requête trop volumineuse", "Le corps de la requête dépasse la taille acceptée."
    ),
    "type-refuse": TypeProbleme(
        415, "Type de contenu refusé", "Le `Content-Type` ou l'encodage du corps n'est pas accepté."
    ),
    "corps-invalide": TypeProbleme(
        422,
        "Corps invalide",
        "Le corps se lit mais ses valeurs ne conviennent pas. "
        "`erreurs` les énumère : `pointer` (RFC 6901) et `detail`.",
    ),
    "cle-deja-servie": TypeProbleme(
        422,
        "Clé d'idempotence déjà servie",
        "Cette `Idempotency-Key` a servi à une autre requête dans les 24 heures : "
        "en choisir une nouvelle.",
    ),
    "precondition-requise": TypeProbleme(
        428,
        "Version requise",
        "Une modification doit citer dans `If-Match` l'`ETag` de la version lue.",
    ),
    "trop-de-requetes": TypeProbleme(
        429, "Trop de requêtes", "L'en-tête `Retry-After` dit quand recommencer."
    ),
    "en-tetes-trop-volumineux": TypeProbleme(
        431, "En-têtes trop volumineux", "Les en-têtes de la requête dépassent la taille acceptée."
    ),
    "erreur-interne": TypeProbleme(
        500, "Erreur interne", "L'erreur vient du service ; elle est consignée avec la requête."
    ),
    "amont-en-erreur": TypeProbleme(
        502, "Service en erreur", "Le service derrière la passerelle a mal répondu."
    ),
    "indisponible": TypeProbleme(
        503,
        "Service indisponible",
        "Le service ne peut pas répondre pour l'instant ; "
        "l'en-tête `Retry-After` dit quand recommencer.",
    ),
    "amont-muet": TypeProbleme(
        504, "Service trop lent", "Le service derrière la passerelle n'a pas répondu à temps."
    ),
}
