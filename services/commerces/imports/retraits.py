"""Which shop a line takes away that says that it is not to be published, in SQL on `retraits`.

Such a line brings nothing: it is no shop to whoever compares the lines with the listings, and is
recognised among those that no other line names. Parameter: source.
"""

from services.commerces.imports.reconnaissance import (
    PLACED,
    SAME_NAME_AND_ADDRESS,
    SAME_NAME_HERE,
    SAME_PLACE,
    SAME_SIRET,
    libres,
)
from services.commerces.imports.sql import DEMENAGE

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
_SAME_NAME = "l.nom_cle <> '' AND p.nom_cle = l.nom_cle"
"""Letters that are not Latin leave no key: two such names are not one for that."""
_NAMED_HERE = f"{_SAME_NAME} AND ({DEMENAGE}) IS NOT TRUE"
"""Or at a place that is not told."""
_SAME_ADDRESS = """(
    left(l.lieu_cle, 1) <> ' '
    AND l.lieu_cle IN (p.lieu_cle, regexp_replace(p.lieu_cle, '[^ ]*$', ''))
)"""
"""The street, with its postcode or without."""
_NUMBERED = "left(l.cle, 3) = 'id:'"
_SAME_SHOP = f"""{PLACED}
    AND coalesce(p.siret = l.siret, true) AND ({_NAMED_HERE} OR {_NUMBERED} AND {_SAME_ADDRESS})
"""
"""The source's own number is not believed of a line that says another shop, or one of the same
name elsewhere: it may be a row's."""
_NUMBER_ALONE = f"""
    p.cle = l.cle AND {_NUMBERED} AND l.nom_cle = '' AND coalesce(p.siret = l.siret, true)
    AND left(l.lieu_cle, 1) = ' '
    AND (l.lieu_cle = ' ' OR right(p.lieu_cle, length(l.lieu_cle)) = l.lieu_cle)
"""
"""A line that has no name and no address says no other shop, unless it is elsewhere."""
_OWN_SIRET = f"""{PLACED} AND ({_NAMED_HERE} OR p.siret NOT IN (
        SELECT siret FROM (
            SELECT siret FROM commerces.provenances
            WHERE source = %(source)s AND absente_le IS NULL AND siret IS NOT NULL
            UNION ALL
            SELECT siret FROM lignes_lues
            WHERE action = 'garder' AND provenance_id IS NULL AND siret IS NOT NULL
        ) AS connus GROUP BY siret HAVING count(*) > 1
    ))
"""
"""Of the stalls or branches that share one, a line may be of another that nobody knows yet."""
_SAME_COMPANY = "coalesce(left(p.siret, 9) = left(l.siret, 9), true)"


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
    _alone("p.cle = l.cle", _SAME_SHOP),
    _alone(f"{_NUMBER_ALONE} AND l.lon IS NULL"),
    _alone(_NUMBER_ALONE, SAME_PLACE),
    _alone(SAME_SIRET, _OWN_SIRET),
    _alone(f"{_SAME_NAME} AND {SAME_NAME_AND_ADDRESS} AND {_SAME_COMPANY}"),
    _alone(f"{_SAME_NAME} AND {SAME_NAME_HERE}", SAME_PLACE),
    """
    UPDATE lignes_lues AS l SET fiche_id = r.fiche_id
    FROM retraits AS r WHERE r.ligne = l.ligne AND r.fiche_id IS NOT NULL
    """,
)
"""By key, SIRET, name and address, the address written otherwise: as the lines of a list that is
not whole, but where these might be of another shop, for what is taken away by mistake is missed."""
