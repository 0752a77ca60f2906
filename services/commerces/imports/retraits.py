"""Which shop a line takes away that says that it is not to be published, in SQL on `retraits`.

Such a line brings nothing: it is no shop to whoever compares the lines with the listings, and is
recognised among those that no other line names. Parameter: source.
"""

from services.commerces.imports.reconnaissance import (
    SAME_NAME_AND_ADDRESS,
    SAME_NAME_HERE,
    SAME_PLACE,
    SAME_SIRET,
    libres,
)

METTRE_A_PART = (
    """
    CREATE TEMP TABLE retraits ON COMMIT DROP AS
    SELECT ligne, cle, siret, nom_cle, lieu_cle, lon, lat,
           NULL::int AS provenance_id, NULL::int AS fiche_id
    FROM lignes_lues WHERE action = 'retirer'
    """,
    """
    UPDATE lignes_lues SET action = NULL, cle = NULL, siret = NULL, nom_cle = NULL, lieu_cle = NULL
    WHERE action = 'retirer'
    """,
)
_SAME_KEY = """
    p.cle = l.cle AND coalesce(
        p.siret = l.siret,
        l.nom_cle = p.nom_cle OR starts_with(p.lieu_cle, l.lieu_cle)
            OR l.nom_cle = '' AND left(l.lieu_cle, 1) = ' '
    )
"""
"""The source's own number is not believed of a line that says another shop: it may be a row's."""


def _alone(condition: str, joins: str = "") -> str:
    """Recognise the shop of a line that alone fits; several lines may be of one."""
    return f"""
    UPDATE retraits AS l SET provenance_id = x.id, fiche_id = x.fiche_id
    FROM (
        SELECT l.ligne, min(p.id) AS id, min(p.fiche_id) AS fiche_id
        FROM retraits AS l JOIN libres AS p ON {condition} {joins}
        WHERE l.provenance_id IS NULL
        GROUP BY l.ligne HAVING count(*) = 1
    ) AS x WHERE x.ligne = l.ligne
    """


RECONNAITRE = (
    *libres("p.absente_le IS NULL AND EXISTS (SELECT FROM retraits)"),
    _alone(_SAME_KEY),
    _alone(SAME_SIRET),
    _alone(SAME_NAME_AND_ADDRESS),
    _alone(SAME_NAME_HERE, SAME_PLACE),
    """
    UPDATE lignes_lues AS l SET fiche_id = r.fiche_id
    FROM retraits AS r WHERE r.ligne = l.ligne AND r.fiche_id IS NOT NULL
    """,
)
"""By key, SIRET, name and address, the address written otherwise: as the lines of a list that is
not whole."""
