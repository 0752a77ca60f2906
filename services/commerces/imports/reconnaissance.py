"""Which lines of a file are one shop, and which listing each is about, in SQL on `lignes_lues`.

Parameters: source, complet.
"""


def said(code: str, colonne: str, recu: str, retenu: str = "NULL") -> str:
    """The findings of a line and one more."""
    one = f"jsonb_build_array('{code}', '{colonne}', {recu}, {retenu})"
    return f"(l.constats::jsonb || jsonb_build_array({one}))::text"


def _disbelieved(contradicted: str) -> str:
    """Lines known by name, address and SIRET, as if they had no identifier (`identite`)."""
    return f"""
    UPDATE lignes_lues AS l
    SET cle = l.nom_cle || '|' || l.lieu_cle || '|' || coalesce(l.siret, ''),
        constats = {said("IDEN", "identifiant", "substr(l.cle, 4)")}
    FROM {contradicted} AND left(l.cle, 3) = 'id:'
    """


_MOVED = """
    FROM lignes_lues AS l
    JOIN commerces.provenances AS p ON p.source = %(source)s AND p.cle = l.cle
     AND (p.nom_cle, p.lieu_cle) IS DISTINCT FROM (l.nom_cle, l.lieu_cle)
     AND coalesce(p.siret <> l.siret, true)
"""
"""Lines whose identifier is that of a shop of another name or address, p."""
IDENTIFIANTS_CONTREDITS = (
    _disbelieved("""(
        SELECT cle FROM lignes_lues
        WHERE action = 'garder' AND left(cle, 3) = 'id:'
        GROUP BY cle HAVING min(siret COLLATE "C") <> max(siret COLLATE "C")
    ) AS c WHERE c.cle = l.cle"""),
    _disbelieved("""commerces.provenances AS p
    WHERE p.source = %(source)s AND p.cle = l.cle AND p.siret <> l.siret AND (
        l.siret IN (SELECT siret FROM commerces.provenances WHERE source = %(source)s)
        OR p.siret IN (SELECT siret FROM lignes_lues WHERE action = 'garder')
    )"""),
    _disbelieved(f"""(
        SELECT l.ligne {_MOVED}
        JOIN commerces.provenances AS q ON q.source = %(source)s AND q.id <> p.id
         AND q.nom_cle = l.nom_cle AND q.lieu_cle = l.lieu_cle
        LEFT JOIN lignes_lues AS o
          ON o.cle = q.cle AND o.nom_cle = q.nom_cle AND o.lieu_cle = q.lieu_cle
        WHERE o.ligne IS NULL
    ) AS c WHERE c.ligne = l.ligne"""),
    _disbelieved(f"""(
        SELECT l.ligne {_MOVED}
        JOIN lignes_lues AS o ON o.action = 'garder' AND o.ligne <> l.ligne
         AND o.nom_cle = p.nom_cle AND o.lieu_cle = p.lieu_cle
        LEFT JOIN commerces.provenances AS q ON q.source = %(source)s AND q.cle = o.cle
         AND q.nom_cle = o.nom_cle AND q.lieu_cle = o.lieu_cle
        WHERE q.id IS NULL
    ) AS c WHERE c.ligne = l.ligne"""),
)
"""Two SIRETs under one identifier in the file; then an identifier whose shop has a SIRET that the
file gives to another line, or that comes with the SIRET of another known shop: the numbers are
those of rows, and the same SIRET is the same shop. A new SIRET alone is a takeover. So are they,
SIRETs apart, where the line has the name and the address of another known shop, or another line
has those of the shop that the identifier names; each unless it is at home under its own."""


def _last_of(column: str) -> str:
    """Of the lines that share what a column has, only the last counts."""
    return f"""
    WITH rangees AS (
        SELECT ligne, empreinte, first_value(ligne) OVER derniere AS gagnante,
               first_value(empreinte) OVER derniere AS empreinte_gagnante
        FROM lignes_lues
        WHERE action = 'garder' AND {column} IN (
            SELECT {column} FROM lignes_lues
            WHERE action = 'garder' GROUP BY {column} HAVING count(*) > 1
        )
        WINDOW derniere AS (PARTITION BY {column} ORDER BY ligne DESC)
    )
    UPDATE lignes_lues AS l SET statut = 'doublon', action = NULL, constats =
        CASE WHEN r.empreinte = r.empreinte_gagnante
             THEN {said("DOUX", "nom", "l.nom", "'ligne ' || r.gagnante")}
             ELSE {said("DOUM", "nom", "l.nom", "'ligne ' || r.gagnante")} END
    FROM rangees AS r WHERE r.ligne = l.ligne AND r.ligne <> r.gagnante
    """


DOUBLONS_DU_FICHIER = _last_of("cle")
"""One line a shop, the last: a file corrects itself downwards."""
DOUBLONS_DE_FICHE = _last_of("fiche_id")
"""One line a listing too: two may lead to one when their numbers and SIRETs changed hands from one
edition to the next."""

SIRET_REPETES = f"""
    UPDATE lignes_lues AS l SET constats = {said("SIRD", "siret", "l.siret")}
    WHERE action = 'garder' AND siret IN (
        SELECT siret FROM lignes_lues WHERE action = 'garder' AND siret IS NOT NULL
        GROUP BY siret HAVING count(*) > 1
    )
"""
"""Market stalls and kitchens under several names may share one."""

MEME_CLE = """
    UPDATE lignes_lues AS l SET provenance_id = p.id, fiche_id = p.fiche_id
    FROM commerces.provenances AS p
    WHERE p.source = %(source)s AND p.cle = l.cle AND l.statut <> 'doublon'
"""


def _pair(condition: str, joins: str = "", only: str = "true") -> str:
    """Recognise a line that changed its key: it and a shop that nothing names are alone to fit."""
    return f"""
    WITH paires AS (
        SELECT l.ligne, p.id, p.fiche_id,
               count(*) OVER (PARTITION BY l.ligne) AS par_ligne,
               count(*) OVER (PARTITION BY p.id) AS par_provenance
        FROM lignes_lues AS l JOIN libres AS p ON {condition} {joins}
        WHERE {only} AND l.provenance_id IS NULL AND l.statut <> 'doublon'
    ), reconnues AS (
        UPDATE lignes_lues AS l SET provenance_id = x.id, fiche_id = x.fiche_id
        FROM paires AS x
        WHERE x.ligne = l.ligne AND x.par_ligne = 1 AND x.par_provenance = 1
        RETURNING l.provenance_id
    )
    DELETE FROM libres AS p USING reconnues AS r WHERE p.id = r.provenance_id
    """


_SAME_CONTACT = """
    JOIN commerces.fiches AS f ON f.id = p.fiche_id AND EXISTS (
        SELECT FROM jsonb_array_elements(l.contacts::jsonb) AS a
        JOIN jsonb_array_elements(f.contacts) AS b ON a ->> 'valeur' = b ->> 'valeur'
    )
"""
SAME_SIRET = "p.siret = l.siret"
SAME_NAME_AND_ADDRESS = "p.nom_cle = l.nom_cle AND p.lieu_cle = l.lieu_cle"
_SAME_IN_ALL = f"{SAME_NAME_AND_ADDRESS} AND p.empreinte = l.empreinte"
_LAST_TO_SAY_IT = """
    JOIN (
        SELECT max(ligne) AS ligne FROM lignes_lues
        WHERE action = 'garder' AND provenance_id IS NULL GROUP BY nom_cle, lieu_cle, empreinte
    ) AS d ON d.ligne = l.ligne
"""
SAME_NAME_HERE = "p.nom_cle = l.nom_cle AND coalesce(p.siret = l.siret, true)"
PLACED = """
    JOIN commerces.fiches AS f ON f.id = p.fiche_id
    JOIN commerces.exploitations AS e ON e.id = f.exploitation_id
    JOIN commerces.lieux AS i ON i.id = e.lieu_id
"""
SAME_PLACE = f"""{PLACED}
     AND abs(i.lat - l.lat) < 0.0003 AND abs(i.lon - l.lon) < 0.0004
"""
"""About 30 metres."""
_FREE = """
    SELECT p.* FROM commerces.provenances AS p
    WHERE p.source = %(source)s AND {which}
      AND NOT EXISTS (SELECT FROM lignes_lues AS l WHERE l.provenance_id = p.id)
"""
LIBRES = (
    "ANALYZE lignes_lues (provenance_id, fiche_id)",
    f"CREATE TEMP TABLE libres ON COMMIT DROP AS {_FREE.format(which='NOT p.fusionnee')}",
    "ANALYZE libres",
)
"""Shops of the source that no line names; they are counted for the plans that follow."""


def libres(which: str) -> tuple[str, ...]:
    """Others in their place."""
    return (
        "DELETE FROM libres",
        f"INSERT INTO libres {_FREE.format(which=which)}",
        "ANALYZE libres",
    )


_FUSIONNEES_LIBRES = libres("p.fusionnee AND p.absente_le IS NULL")
"""Lines of the last edition that agents merged into others, and that this one does not name."""
_CHANGE_DE_CLE = (
    _pair(_SAME_IN_ALL, _LAST_TO_SAY_IT),
    _pair(SAME_SIRET),
    _pair(SAME_NAME_AND_ADDRESS),
    _pair(SAME_NAME_HERE, SAME_PLACE),
    _pair(
        "p.lieu_cle = l.lieu_cle AND coalesce(p.siret = l.siret, true)",
        _SAME_CONTACT,
        only="%(complet)s",
    ),
    _pair(
        "p.nom_cle = l.nom_cle AND coalesce(left(p.siret, 9) = left(l.siret, 9), true)",
        _SAME_CONTACT,
        only="%(complet)s",
    ),
)
"""As the line that says all that it said (of a shop that was there twice, and whose lines now have
identifiers, the one that was kept); by SIRET; by name and address; the address written otherwise;
renamed; moved."""
RAPPROCHER = (
    MEME_CLE,
    *LIBRES,
    *_CHANGE_DE_CLE,
    *_FUSIONNEES_LIBRES,
    *_CHANGE_DE_CLE,
    """
    WITH paires AS (
        SELECT l.ligne, f.id, count(*) OVER (PARTITION BY l.ligne) AS par_ligne,
               count(*) OVER (PARTITION BY f.id) AS par_fiche
        FROM lignes_lues AS l
        JOIN commerces.exploitations AS e ON e.siret = l.siret AND e.au IS NULL
        JOIN commerces.fiches AS f ON f.exploitation_id = e.id AND f.statut <> 'archivee'
         AND NOT (f.statut IN ('brouillon', 'en_attente') AND f.verifie_par = 'commercant')
        WHERE l.fiche_id IS NULL AND l.action = 'garder'
          AND NOT EXISTS (SELECT FROM lignes_lues AS o WHERE o.fiche_id = f.id)
    )
    UPDATE lignes_lues AS l SET fiche_id = x.id FROM paires AS x
    WHERE x.ligne = l.ligne AND x.par_ligne = 1 AND x.par_fiche = 1
    """,
)
"""By key; as a shop that changed its key; as a line that was merged, which is known again so that
it does not make a listing anew; and as a listing of another source with the same SIRET, but for
what somebody registered and no agent accepted: nobody keeps a shop away by naming its SIRET. Below
SIRET nothing else is one shop; and only a whole list can tell that a shop is no longer under its
old name."""

JOURS_ILLISIBLES = (
    """
    UPDATE lignes_lues AS l SET verifie_le = (f.verifie_le AT TIME ZONE 'Europe/Paris')::date
    FROM commerces.fiches AS f WHERE f.id = l.fiche_id AND l.verifie_le = '-infinity'
    """,
    "UPDATE lignes_lues SET verifie_le = NULL WHERE verifie_le = '-infinity'",
)
"""A day that cannot be read makes a listing no fresher than it was; a new one has the edition's."""
FUSIONNEES = f"""
    UPDATE lignes_lues AS l SET statut = 'doublon', action = NULL,
        constats = {said("FUSI", "nom", "l.nom", "'fiche ' || p.fiche_id")}
    FROM commerces.provenances AS p
    WHERE p.id = l.provenance_id AND p.fusionnee AND l.action = 'garder'
"""
EXAMINER = (
    *IDENTIFIANTS_CONTREDITS,
    DOUBLONS_DU_FICHIER,
    SIRET_REPETES,
    *RAPPROCHER,
    *JOURS_ILLISIBLES,
    FUSIONNEES,
    DOUBLONS_DE_FICHE,
)
"""What is found in the file as a whole, and which listings its lines are about."""
