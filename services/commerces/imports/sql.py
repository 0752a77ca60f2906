"""The SQL of an import, as set operations: memory stays flat whatever the file size.

Steps run in this order, inside one transaction, on `lignes_lues` (one row a line of the file).
Parameters: import_id, source, acteur, qualite, licence, edition, verifie_le, publier, complet,
masquage (days after which a listing is hidden).
"""

from services.commerces.changements import REPARAIT
from services.commerces.colonnes import DESCRIPTION, HORAIRES, LIEU
from services.commerces.commands import DEMENAGEMENT_M
from services.commerces.imports.reconnaissance import said
from services.commerces.statuts import NON_CONFIRMEE
from shared.territoire.mesures import COS_PARIS, METRES_PER_DEGREE

MOTIF_ABSENTE = "Absente du dernier fichier de sa source"
MOTIF_RETIREE = "Retirée par sa source : commerce fermé, local vacant ou refus d’être publié"
MOTIF_FERMEE = "Établissement fermé dans SIRENE"
MOTIF_MASQUEE = "Établissement à diffusion partielle dans SIRENE"
DEMENAGE = (
    f"power((i.lon - l.lon) * {COS_PARIS}, 2) + power(i.lat - l.lat, 2)"
    f" > power({DEMENAGEMENT_M / METRES_PER_DEGREE}, 2)"
)
"""Whether a line moves its shop, by the same rule as what agents write."""

VERROU = "SELECT pg_advisory_xact_lock(hashtextextended('commerces.imports', 0))"
"""Imports apply one after the other: two sources may bring the same shop."""

_LIEU = (*LIEU, "cle_ban")
_ETABLISSEMENT = ("siret", "enseigne", "naf_rev2", "naf_2025")
_FICHE = (*DESCRIPTION, "contacts", *HORAIRES)
_MODALITE = (
    ("genre", "text"),
    ("horaires", "jsonb"),
    ("horaires_osm", "text"),
    ("horaires_texte", "text"),
    ("zone", "jsonb"),
    ("minimum", "numeric"),
    ("frais", "numeric"),
    ("franco", "numeric"),
    ("delai_min", "int"),
    ("canaux", "text[]"),
    ("commande_jusqu_a", "text"),
    ("du", "date"),
    ("au", "date"),
    ("note", "text"),
)
_VERIFIE = "coalesce(l.verifie_le::timestamp AT TIME ZONE 'Europe/Paris', %(verifie_le)s)"
"""When what a line says was true."""
_CONFIRME = f"""
    f.statut NOT IN ('fermee', 'archivee')
    AND (f.verifie_le AT TIME ZONE 'Europe/Paris')::date
        < ({_VERIFIE} AT TIME ZONE 'Europe/Paris')::date
"""
"""Whether a line that says the same says it later, in days: the public reads a day."""
_REVIENT = f"""(
    f.motif_statut IN ('{MOTIF_ABSENTE}', '{MOTIF_RETIREE}') OR f.motif_statut = '{NON_CONFIRMEE}'
    AND {_VERIFIE} > now() - make_interval(days => %(masquage)s)
)"""
"""Whether a listing that was taken away for want of a line is shown again by one."""
_STATUT = f"""
    statut = CASE WHEN {_REVIENT} THEN 'publiee' ELSE f.statut END,
    motif_statut = CASE WHEN {_REVIENT} THEN NULL ELSE f.motif_statut END,
    version = f.version + 1, modifie_le = now()
"""
_AVANT = "JOIN commerces.fiches AS avant ON avant.id = c.fiche_id"
_REPARAIT = "f.statut = 'publiee' AND avant.statut <> 'publiee' AS reparait"
"""Whether a listing that is written was not shown before."""
_OWN = "f.source = %(source)s AND f.verifie_par IN ('import', 'sirene')"
"""Listings that the source may write: nobody else has confirmed them since."""
_CONFIRMABLE = f"""(
    {_OWN} OR (%(qualite)s = 'import' AND f.verifie_par IN ('metropole', 'cci', 'commune')
        AND NOT EXISTS (
            SELECT FROM commerces.titulaires AS t
            WHERE t.fiche_id = f.id AND t.accepte_le IS NOT NULL AND t.ecarte_le IS NULL
        ))
)"""
"""Listings that a line keeps alive: also those that an agent corrected, whose words it leaves, when
nobody is asked whether they are still true. They would be hidden in a year, though every file names
them. That an establishment is open, which is all SIRENE knows, says nothing of what it offers."""


def _list(columns: tuple[str, ...], prefix: str = "") -> str:
    return ", ".join(prefix + column for column in columns)


def _value(column: str) -> str:
    return f"l.{column}::jsonb" if column in {"contacts", "horaires"} else f"l.{column}"


_AUTRE = f"""
    (e.siret <> l.siret AND e.siret IS NOT NULL AND l.siret IS NOT NULL)
    OR {DEMENAGE}
"""
_FINIT = """
    f.statut NOT IN ('brouillon', 'en_attente')
    AND (f.statut <> 'fermee' OR coalesce(e.du, e.au) IS NOT NULL)
"""
"""Whether an establishment ends where its listing becomes another's, by the same rule as what
agents write: one that nobody saw yet, or that is to open again, was only misplaced, and what was
said of where it stands is not kept unless it is the premises of another too."""
_UNKNOWN = "l.statut = 'rejete' AND l.provenance_id IS NULL"
"""A wrong line that is known by no key: it may be of any shop of its name, or else of its address,
and takes none of them away."""
_REPRISE = """EXISTS (
    SELECT FROM commerces.exploitations AS e WHERE e.id = f.exploitation_id AND e.siret <> l.siret
)"""
"""Whether a line gives its listing another SIRET: what was proved was of another."""
CHANGEMENTS = f"""
    CREATE TEMP TABLE changements ON COMMIT DROP AS
    SELECT ligne, provenance_id, nature, demenage, autre, fermee,
           CASE WHEN nature = 'cree' THEN nextval('commerces.fiches_id_seq')
                ELSE fiche_id END::int AS fiche_id,
           CASE WHEN nature = 'cree' OR autre
                THEN nextval('commerces.exploitations_id_seq') END::int AS exploitation_id,
           CASE WHEN nature = 'cree' OR demenage
                THEN nextval('commerces.lieux_id_seq') ELSE lieu_id END::int AS lieu_id
    FROM (
        SELECT l.ligne, l.provenance_id, l.fiche_id, i.id AS lieu_id,
               n.nature, n.nature = 'modifie' AND ({_AUTRE}) AND {_FINIT} AS autre,
               n.nature = 'modifie' AND {DEMENAGE} AND ({_FINIT} OR EXISTS (
                   SELECT FROM commerces.exploitations AS o WHERE o.lieu_id = i.id AND o.id <> e.id
               )) AS demenage, f.statut = 'fermee' AS fermee
        FROM lignes_lues AS l
        LEFT JOIN commerces.provenances AS p ON p.id = l.provenance_id
        LEFT JOIN commerces.fiches AS f ON f.id = l.fiche_id
        LEFT JOIN commerces.exploitations AS e ON e.id = f.exploitation_id
        LEFT JOIN commerces.lieux AS i ON i.id = e.lieu_id,
        LATERAL (SELECT CASE
            WHEN l.fiche_id IS NULL THEN 'cree'
            WHEN p.id IS NULL THEN 'attache'
            WHEN p.empreinte = l.empreinte AND p.absente_le IS NULL
                THEN CASE WHEN p.cle <> l.cle THEN 'renumerote'
                          WHEN {_CONFIRMABLE} AND {_CONFIRME} THEN 'confirme' ELSE 'inchange' END
            WHEN {_OWN} AND f.statut <> 'archivee' THEN 'modifie'
            ELSE 'tenu' END AS nature) AS n
        WHERE l.action = 'garder' AND n.nature <> 'inchange'
        ORDER BY l.ligne
    ) AS lues
    UNION ALL
    SELECT NULL, p.id, 'retire', NULL, NULL, NULL, p.fiche_id, NULL, NULL
    FROM commerces.provenances AS p
    WHERE (%(complet)s OR p.id IN (SELECT provenance_id FROM retraits))
      AND p.source = %(source)s AND p.absente_le IS NULL
      AND NOT EXISTS (SELECT FROM lignes_lues AS l WHERE l.provenance_id = p.id)
      AND NOT EXISTS (
        SELECT FROM lignes_lues AS l
        WHERE {_UNKNOWN} AND l.nom_cle <> '' AND l.nom_cle = p.nom_cle
      )
      AND NOT EXISTS (
        SELECT FROM lignes_lues AS l
        WHERE {_UNKNOWN} AND l.nom_cle = '' AND l.lieu_cle = p.lieu_cle
      )
"""
"""What the file changes, shop by shop; nothing public has moved yet. New listings are numbered in
the order of the file."""

COMPTER_CHANGEMENTS = "ANALYZE changements"
TENIR = """
    SELECT f.id FROM commerces.fiches AS f
    WHERE f.id IN (
        SELECT fiche_id FROM changements WHERE nature NOT IN ('cree', 'attache')
        UNION
        SELECT f.id FROM commerces.fiches AS f
        JOIN commerces.exploitations AS e ON e.id = f.exploitation_id
        JOIN lignes_lues AS l ON l.siret = e.siret
        WHERE l.action IN ('fermer', 'masquer')
    )
      AND f.statut <> 'archivee'
    ORDER BY f.id FOR NO KEY UPDATE OF f
"""
"""The listings that it may write, by number: in the order of all who write several at once, for
who waits for one of them must not already hold another."""
TENUES = f"""
    UPDATE lignes_lues AS l SET constats = {said("TENU", "nom", "l.nom", "f.source")}
    FROM commerces.fiches AS f
    WHERE f.id = l.fiche_id AND l.action = 'garder' AND NOT ({_OWN})
"""
_RESTENT = """(
    SELECT o.fiche_id FROM lignes_lues AS o WHERE o.action = 'garder'
    UNION
    SELECT q.fiche_id FROM retraits AS r JOIN commerces.provenances AS q ON q.fiche_id = r.fiche_id
    LEFT JOIN changements AS c ON c.provenance_id = q.id AND c.nature = 'retire'
    WHERE q.absente_le IS NULL AND c.nature IS NULL
)"""
"""The listings that, when they lose a line, have another."""
RETIREES = f"""
    UPDATE lignes_lues AS l SET constats = CASE
        WHEN NOT ({_OWN}) THEN {said("TENU", "nom", "l.nom", "f.source")}
        ELSE {said("RETI", "nom", "l.nom", "'fiche ' || f.id")} END
    FROM retraits AS r
    JOIN changements AS c ON c.nature = 'retire' AND c.provenance_id = r.provenance_id
    JOIN commerces.fiches AS f ON f.id = r.fiche_id
    WHERE r.ligne = l.ligne AND f.statut = 'publiee' AND ({_OWN} AND f.id IN {_RESTENT}) IS NOT TRUE
"""
REPRISES = f"""
    SELECT c.fiche_id, e.siret FROM changements AS c
    JOIN lignes_lues AS l ON l.ligne = c.ligne
    JOIN commerces.fiches AS f ON f.id = c.fiche_id
    JOIN commerces.exploitations AS e ON e.id = f.exploitation_id
    WHERE c.nature = 'modifie' AND e.siret <> l.siret AND {_OWN}
      AND EXISTS (SELECT FROM commerces.titulaires AS t WHERE t.fiche_id = f.id)
    ORDER BY c.fiche_id
"""
"""The listings with a holder that it gives another SIRET, each with that of until now."""
BARRIERE = """
    SELECT (SELECT count(*) FROM commerces.provenances
            WHERE source = %(source)s AND absente_le IS NULL),
           (SELECT count(*) FROM changements WHERE nature = 'retire')
"""
"""Known living shops of the source, and those that the file would take away."""

_NEW = "FROM changements AS c JOIN lignes_lues AS l ON l.ligne = c.ligne"


def _suspend(condition: str, motif: str, joins: str = "") -> str:
    return f"""
    WITH suspendues AS (
        UPDATE commerces.fiches AS f
        SET statut = 'suspendue', motif_statut = {motif}, version = version + 1,
            modifie_le = now()
        FROM {joins} WHERE f.statut = 'publiee' AND {condition}
        RETURNING f.id
    )
    INSERT INTO ecrites SELECT id, 'fiche.statut' FROM suspendues
    """


APPLIQUER = (
    f"""
    INSERT INTO commerces.lieux (id, {_list(_LIEU)})
    SELECT c.lieu_id, {_list(_LIEU, "l.")} {_NEW} WHERE c.nature = 'cree' OR c.demenage
    """,
    f"""
    INSERT INTO commerces.exploitations (id, lieu_id, {_list(_ETABLISSEMENT)}, du)
    SELECT c.exploitation_id, c.lieu_id, {_list(_ETABLISSEMENT, "l.")},
           coalesce(l.du, CASE WHEN c.autre AND NOT c.fermee THEN %(edition)s::date END)
    {_NEW} WHERE c.exploitation_id IS NOT NULL
    """,
    """
    UPDATE commerces.exploitations AS e
    SET au = CASE WHEN c.fermee THEN e.au ELSE %(edition)s::date - 1 END,
        successeur_id = c.exploitation_id
    FROM changements AS c JOIN commerces.fiches AS f ON f.id = c.fiche_id
    WHERE c.autre AND e.id = f.exploitation_id
    """,
    f"""
    INSERT INTO commerces.fiches (id, exploitation_id, statut, {_list(_FICHE)},
        verifie_le, verifie_par, source, licence)
    SELECT c.fiche_id, c.exploitation_id,
           CASE WHEN %(publier)s AND l.modalites <> '[]' THEN 'publiee' ELSE 'brouillon' END,
           {", ".join(map(_value, _FICHE))},
           {_VERIFIE}, %(qualite)s, %(source)s, %(licence)s
    {_NEW} WHERE c.nature = 'cree' ORDER BY c.fiche_id
    """,
    f"""
    WITH modifiees AS (
        UPDATE commerces.fiches AS f
        SET {", ".join(f"{column} = {_value(column)}" for column in _FICHE)},
            niveau_preuve = CASE WHEN {_REPRISE} THEN 0 ELSE f.niveau_preuve END,
            exploitation_id = coalesce(c.exploitation_id, f.exploitation_id),
            verifie_le = {_VERIFIE}, verifie_par = %(qualite)s, licence = %(licence)s,
            {_STATUT}
        {_NEW} {_AVANT}
        WHERE c.nature = 'modifie' AND f.id = c.fiche_id AND {_OWN}
        RETURNING f.id, {_REPARAIT}
    )
    INSERT INTO ecrites SELECT id, 'fiche.modifiee', reparait FROM modifiees
    """,
    f"""
    UPDATE commerces.exploitations AS e
    SET lieu_id = c.lieu_id, ({_list((*_ETABLISSEMENT, "du"))}) = ROW({
        ", ".join(f"coalesce(l.{column}, e.{column})" for column in (*_ETABLISSEMENT, "du"))
    })
    {_NEW} JOIN commerces.fiches AS f ON f.id = c.fiche_id
    WHERE c.nature = 'modifie' AND NOT c.autre AND e.id = f.exploitation_id
      AND c.fiche_id IN (SELECT fiche_id FROM ecrites)
    """,
    f"""
    UPDATE commerces.lieux AS i SET ({_list(_LIEU)}) = ROW({_list(_LIEU, "l.")})
    {_NEW}
    WHERE c.nature = 'modifie' AND NOT c.demenage AND i.id = c.lieu_id
      AND c.fiche_id IN (SELECT fiche_id FROM ecrites)
    """,
    """
    DELETE FROM commerces.modalites AS m USING ecrites AS w WHERE m.fiche_id = w.fiche_id
    """,
    "INSERT INTO ecrites SELECT fiche_id, 'fiche.creee' FROM changements WHERE nature = 'cree'",
    f"""
    INSERT INTO commerces.modalites (fiche_id, {_list(tuple(name for name, _ in _MODALITE))},
        verifie_le, verifie_par, source)
    SELECT c.fiche_id, {_list(tuple(name for name, _ in _MODALITE), "m.")},
           {_VERIFIE}, %(qualite)s, %(source)s
    {_NEW} JOIN ecrites AS w ON w.fiche_id = c.fiche_id,
    jsonb_to_recordset(l.modalites::jsonb)
        AS m ({", ".join(f"{name} {kind}" for name, kind in _MODALITE)})
    WHERE c.nature IN ('cree', 'modifie')
    """,
    f"""
    WITH confirmees AS (
        UPDATE commerces.fiches AS f
        SET verifie_le = {_VERIFIE}, {_STATUT},
            verifie_par = CASE WHEN {_OWN} THEN %(qualite)s ELSE f.verifie_par END
        {_NEW} {_AVANT}
        WHERE c.nature IN ('confirme', 'renumerote', 'tenu') AND f.id = c.fiche_id
          AND {_CONFIRMABLE}
          AND {_CONFIRME} AND NOT EXISTS (SELECT FROM ecrites AS w WHERE w.fiche_id = f.id)
        RETURNING f.id, {_REPARAIT}
    )
    INSERT INTO ecrites SELECT id, 'fiche.confirmee', reparait FROM confirmees
    """,
    """
    UPDATE commerces.modalites AS m SET verifie_le = f.verifie_le, verifie_par = f.verifie_par
    FROM ecrites AS w JOIN commerces.fiches AS f ON f.id = w.fiche_id
    WHERE w.genre = 'fiche.confirmee' AND m.fiche_id = f.id
    """,
    """
    INSERT INTO commerces.provenances
        (source, cle, siret, nom_cle, lieu_cle, fiche_id, licence, edition, empreinte, import_id)
    SELECT %(source)s, l.cle, l.siret, l.nom_cle, l.lieu_cle, c.fiche_id, %(licence)s,
           %(edition)s, l.empreinte, %(import_id)s
    FROM changements AS c JOIN lignes_lues AS l ON l.ligne = c.ligne
    WHERE c.nature IN ('cree', 'attache')
    """,
    """
    UPDATE commerces.provenances AS p
    SET cle = l.cle, siret = l.siret, nom_cle = l.nom_cle, lieu_cle = l.lieu_cle,
        licence = %(licence)s, edition = %(edition)s, empreinte = l.empreinte,
        import_id = %(import_id)s, absente_le = NULL
    FROM changements AS c JOIN lignes_lues AS l ON l.ligne = c.ligne
    WHERE p.id = c.provenance_id
      AND c.nature IN ('modifie', 'tenu', 'renumerote', 'confirme')
    """,
    """
    UPDATE commerces.provenances AS p
    SET cle = l.cle, siret = l.siret, nom_cle = l.nom_cle, lieu_cle = l.lieu_cle, absente_le = NULL
    FROM lignes_lues AS l
    WHERE p.id = l.provenance_id AND p.fusionnee AND (p.absente_le IS NOT NULL OR p.cle <> l.cle)
    """,
    """
    UPDATE commerces.provenances AS p SET absente_le = now()
    FROM changements AS c WHERE p.id = c.provenance_id AND c.nature = 'retire'
    """,
    _suspend(
        f"{_OWN} AND f.id = c.fiche_id",
        f"""CASE WHEN f.id IN (SELECT fiche_id FROM retraits) THEN '{MOTIF_RETIREE}'
            ELSE '{MOTIF_ABSENTE}' END""",
        """(
            SELECT fiche_id FROM changements WHERE nature = 'retire'
            EXCEPT SELECT fiche_id FROM commerces.provenances WHERE absente_le IS NULL
        ) AS c""",
    ),
    _suspend(
        "l.action = 'fermer' AND e.siret = l.siret AND f.exploitation_id = e.id",
        f"'{MOTIF_FERMEE}'",
        "lignes_lues AS l, commerces.exploitations AS e",
    ),
    _suspend(
        f"""l.action = 'masquer' AND e.siret = l.siret AND f.exploitation_id = e.id
            AND f.verifie_par = 'sirene' AND {_OWN}""",
        f"'{MOTIF_MASQUEE}'",
        "lignes_lues AS l, commerces.exploitations AS e",
    ),
    f"""
    INSERT INTO commerces.journal (genre, sujet, acteur, corps)
    SELECT w.genre, f.id::text, %(acteur)s, jsonb_build_object(
        'statut', f.statut, 'version', f.version, 'import', %(import_id)s::int)
        || CASE WHEN w.reparait THEN '{{"{REPARAIT}": true}}'::jsonb ELSE '{{}}' END
    FROM ecrites AS w JOIN commerces.fiches AS f ON f.id = w.fiche_id
    ORDER BY f.id
    """,
)
"""Premises and establishments first (listings refer to them), then listings, what is theirs,
where they come from, those that vanished, and the journal."""

COMPTER_CONNUES = (
    "ANALYZE commerces.provenances (source, absente_le, fiche_id, siret, nom_cle, lieu_cle)",
    "ANALYZE commerces.fiches (exploitation_id, source, statut, verifie_par)",
    "ANALYZE commerces.exploitations (lieu_id, siret)",
    "ANALYZE commerces.lieux (lon, lat)",
)
"""After many were written: until PostgreSQL counts them by itself it takes the directory for one
listing a source, and the next file has each of its lines compared with each listing."""
COMPTER_ECRITES = "SELECT count(*) FROM ecrites"

RAPPORTER = """
    INSERT INTO commerces.import_lignes (import_id, ligne, statut, nom, fiche_id, constats)
    SELECT %(import_id)s, l.ligne, l.statut, l.nom,
           CASE WHEN %(garder)s THEN c.fiche_id END, l.constats::jsonb
    FROM lignes_lues AS l LEFT JOIN (
        SELECT ligne, fiche_id FROM lignes_lues WHERE fiche_id IS NOT NULL
        UNION ALL SELECT ligne, fiche_id FROM changements WHERE nature = 'cree'
    ) AS c ON c.ligne = l.ligne
"""
