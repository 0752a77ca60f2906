"""The SQL of an import, as set operations: memory stays flat whatever the file size.

Steps run in this order, inside one transaction, on `lignes_lues` (one row a line of the file).
Parameters: import_id, producteur, acteur, motif, motif_depart.
"""

from services.bornes.imports.ecartees import (
    DATES_INVRAISEMBLABLES,
    DOUBLONS_DES_AUTRES,
    DOUBLONS_DU_FICHIER,
    MOIS_DABORD,
    RETENUE,
    STATIONS_DES_AUTRES,
    report,
)
from services.bornes.imports.lignes import DE_LA_STATION
from services.bornes.irve import NOMS

_DONNEES = tuple(
    column for nom in NOMS for column in (("lon", "lat") if nom == "coordonneesXY" else (nom,))
)
_LIEU = ("code_commune", "code_arrondissement", "territoire")
LUES = ("ligne", "statut", "id", "station_id", *_DONNEES, *_LIEU, "recu", "empreinte", "signature")
_STOCKEES = ("id", "station_id", *_DONNEES, *_LIEU, "recu", "empreinte", "ligne")
CONNECTEUR = r"((CCS|CHADEMO|COMBO)\d?|(?<=\d)(T2S|T2|T3|EF)\d?)$"
SERVICE = r"(?<=\d)[A-Z]{3,}\d?$"
MAX_PDC_STATION = 50
MAX_STATIONS_POSITION = 1.5


def _list(columns: tuple[str, ...], prefix: str = "") -> str:
    return ", ".join(prefix + column for column in columns)


def _text(column: str, alias: str) -> str:
    """A column of the standard as comparable text."""
    if column == "coordonneesXY":
        return f"{alias}.lon || ',' || {alias}.lat"
    return f"{alias}.{column}::text"


VERROU = "SELECT pg_advisory_xact_lock(hashtextextended('bornes.imports', 0))"
"""Imports apply one after the other: two producers may declare the same point."""

PREPARER = (
    "SET LOCAL work_mem = '64MB'",
    "SET LOCAL jit = off",  # compiling these statements costs more than running them
    "SET LOCAL default_statistics_target = 10",  # orders of magnitude are enough
    """
    DROP TABLE IF EXISTS
        pg_temp.lignes_lues, pg_temp.stations_lues, pg_temp.positions_lues,
        pg_temp.changements, pg_temp.touchees
    """,
    f"""
    CREATE TEMP TABLE lignes_lues ON COMMIT DROP AS
    SELECT 0 AS ligne, ''::text AS statut, {_list(LUES[2:-1])}, 0::bigint AS signature
    FROM bornes.points_de_charge WITH NO DATA
    """,
)
COPIER_LIGNES = f"COPY lignes_lues ({_list(LUES)}) FROM STDIN"
COPIER_ANOMALIES = """
COPY bornes.import_anomalies (import_id, rang, ligne, colonne, code, recu, retenu) FROM STDIN
"""
ANALYSER = "ANALYZE lignes_lues (id, station_id, statut)"
"""Without it a plan made for an empty table compares every line with every point."""

PLUSIEURS_CONNECTEURS = report(
    """
    SELECT min(ligne) AS ligne, 'id_pdc_itinerance' AS colonne, 'CONN' AS code,
           string_agg(id, ', ' ORDER BY id) AS recu, NULL AS retenu
    FROM membres GROUP BY station_id, racine HAVING count(*) > 1
    """,
    rf"""
    retenues AS NOT MATERIALIZED (
        SELECT ligne, id, station_id FROM lignes_lues WHERE {RETENUE}
    ), suffixes AS (
        SELECT ligne, id, station_id, regexp_replace(id, '{CONNECTEUR}', '') AS sans_connecteur,
               regexp_replace(id, '{SERVICE}', '') AS sans_service
        FROM retenues
        -- Most ids end with digits: no expression has to be matched to see that.
        WHERE translate(right(id, 4), '0123456789', '') <> ''
          AND right(id, 5) ~ '([A-Z]{{3}}|\dT2S?|\dT3|\dEF)\d?$'
    ), variantes AS (
        SELECT station_id, sans_connecteur AS racine, id, ligne
        FROM suffixes WHERE sans_connecteur <> id
        UNION
        SELECT s.station_id, sans_service, s.id, s.ligne
        FROM suffixes AS s JOIN retenues AS r ON r.id = sans_service
        WHERE r.station_id = s.station_id AND sans_service <> s.id
    ), membres AS (
        SELECT station_id, racine, id, ligne FROM variantes
        UNION
        SELECT r.station_id, r.id, r.id, r.ligne
        FROM variantes AS v JOIN retenues AS r ON r.id = v.racine
        WHERE r.station_id = v.station_id
    ),""",
)
"""Ids of one station that are equal but for a connector, or that extend another one by a word."""

STATIONS_LUES = (
    f"""
    CREATE TEMP TABLE stations_lues ON COMMIT DROP AS
    SELECT station_id, min(ligne) AS premiere, count(*) AS comptes,
           array_agg(nbre_pdc) AS annonces, max(nbre_pdc) AS annonce,
           min(signature) <> max(signature) AS divergente
    FROM lignes_lues WHERE {RETENUE} GROUP BY station_id
    """,
    "ANALYZE stations_lues (station_id, divergente)",
)
"""The stations that the rows tell of; few are told otherwise by one row than by another."""

POSITIONS_LUES = f"""
CREATE TEMP TABLE positions_lues ON COMMIT DROP AS
SELECT lon, lat, min(station_id) <> max(station_id)
       AND (min(adresse_station) <> max(adresse_station)
            OR min(coalesce(code_insee_commune, '')) <> max(coalesce(code_insee_commune, '')))
       AS divergente
FROM lignes_lues WHERE {RETENUE} GROUP BY lon, lat
"""
"""The positions of the rows, and whether stations there are not said to be at one place."""

STATIONS = report(
    f"""
    SELECT premiere AS ligne, 'nbre_pdc' AS colonne, 'PDCL' AS code,
           'annoncés : ' || annonce || ', comptés : ' || comptes AS recu, NULL AS retenu
    FROM stations_lues WHERE comptes <> ALL (annonces)
    UNION ALL
    SELECT premiere, 'id_station_itinerance', 'PDCM', comptes::text, NULL
    FROM stations_lues WHERE comptes > {MAX_PDC_STATION}
    UNION ALL
    SELECT min(ligne), 'adresse_station', 'ADDR',
           string_agg(DISTINCT adresse_station, ' | '), NULL
    FROM lignes_lues JOIN stations_lues USING (station_id)
    WHERE {RETENUE} AND divergente
    GROUP BY station_id, lon, lat HAVING min(adresse_station) <> max(adresse_station)
    UNION ALL
    SELECT 1, 'coordonneesXY', 'LOCP',
           'stations : ' || stations || ', positions : ' || positions, NULL
    FROM (SELECT count(*) AS stations FROM stations_lues) AS s,
         (SELECT count(*) AS positions FROM positions_lues) AS p
    WHERE stations > {MAX_STATIONS_POSITION} * positions
    """
)
"""What the rows of a station, or all the rows, tell together."""

STATIONS_INCOHERENTES = report(
    f"""
    SELECT min(ligne) AS ligne, colonne, 'COHS' AS code,
           string_agg(DISTINCT coalesce(valeur, '(vide)'), ' | ') AS recu, NULL AS retenu
    FROM lignes_lues AS l JOIN stations_lues USING (station_id), LATERAL (VALUES
        {", ".join(f"('{column}', {_text(column, 'l')})" for column in DE_LA_STATION)}
    ) AS cellules (colonne, valeur)
    WHERE {RETENUE} AND divergente
    GROUP BY station_id, colonne HAVING count(DISTINCT coalesce(valeur, '')) > 1
    """
)
"""Columns that describe the station but differ between its points."""

POSITIONS_INCOHERENTES = report(
    f"""
    SELECT min(ligne) AS ligne, colonne, 'COHP' AS code,
           string_agg(DISTINCT coalesce(valeur, '(vide)'), ' | ') AS recu, NULL AS retenu
    FROM lignes_lues JOIN positions_lues USING (lon, lat), LATERAL (VALUES
        ('adresse_station', adresse_station), ('code_insee_commune', code_insee_commune)
    ) AS cellules (colonne, valeur)
    WHERE {RETENUE} AND divergente
    GROUP BY lon, lat, colonne HAVING count(DISTINCT coalesce(valeur, '')) > 1
    """
)
"""Stations at one position that are not said to be at one place: one of them is elsewhere."""

_DIFFERENCES = {
    **{
        column: f"{_text(column, 'l')} IS DISTINCT FROM {_text(column, 'p')}"
        for column in (*NOMS, *_LIEU)
    },
    "producteur": "p.producteur <> %(producteur)s",
}
_CHAMPS = ", ".join(
    f"CASE WHEN {differs} THEN '{column}' END" for column, differs in _DIFFERENCES.items()
)
CHANGEMENTS = f"""
CREATE TEMP TABLE changements ON COMMIT DROP AS
SELECT l.id, p.id IS NOT NULL AS connu, l.station_id,
       CASE WHEN p.retire_le IS NULL THEN p.station_id END AS ancienne_station,
       CASE WHEN p.id IS NULL OR p.retire_le IS NOT NULL THEN 'cree' ELSE 'modifie' END AS nature,
       CASE WHEN p.id IS NULL OR p.retire_le IS NOT NULL THEN ARRAY['points_de_charge']
            ELSE array_remove(ARRAY[{_CHAMPS}], NULL) END AS champs
FROM lignes_lues AS l LEFT JOIN bornes.points_de_charge AS p ON p.id = l.id
WHERE l.{RETENUE}
  AND (p.id IS NULL OR p.retire_le IS NOT NULL OR p.empreinte <> l.empreinte
       OR p.producteur <> %(producteur)s)
UNION ALL
SELECT p.id, true, p.station_id, NULL, 'retire', ARRAY['points_de_charge']
FROM bornes.points_de_charge AS p
WHERE p.producteur = %(producteur)s AND p.retire_le IS NULL
  AND NOT EXISTS (SELECT FROM lignes_lues AS l WHERE l.id = p.id)
"""
"""What the file changes, point by point; nothing public has moved yet."""

BARRIERE = """
SELECT (SELECT count(*) FROM bornes.points_de_charge
        WHERE producteur = %(producteur)s AND retire_le IS NULL),
       (SELECT count(*) FROM changements WHERE nature = 'retire')
"""
"""Known living points of the producer, and those that the file would take away."""

TOUCHEES = """
CREATE TEMP TABLE touchees ON COMMIT DROP AS
SELECT id, s.id IS NULL AS nouvelle, s.id IS NOT NULL AND s.retiree_le IS NULL AS vivait,
       champs, points, avant
FROM (
    SELECT id, array_agg(DISTINCT champ ORDER BY champ) AS champs
    FROM (
        SELECT station_id AS id, unnest(champs) AS champ
        FROM (SELECT DISTINCT station_id, champs FROM changements) AS distincts
        UNION ALL
        SELECT ancienne_station, 'points_de_charge' FROM changements
        WHERE ancienne_station <> station_id
        UNION ALL
        SELECT station_id, 'points_de_charge' FROM changements
        WHERE ancienne_station <> station_id
    ) AS un_a_un
    GROUP BY id
) AS t JOIN (
    SELECT id, jsonb_object_agg(nature, ids) AS points
    FROM (
        SELECT id, nature, jsonb_agg(point ORDER BY point) AS ids
        FROM (
            SELECT station_id AS id, id AS point,
                   CASE WHEN ancienne_station <> station_id THEN 'arrive' ELSE nature END AS nature
            FROM changements
            UNION ALL
            SELECT ancienne_station, id, 'parti' FROM changements
            WHERE ancienne_station <> station_id
        ) AS un_a_un
        GROUP BY id, nature
    ) AS par_nature
    GROUP BY id
) AS n USING (id)
LEFT JOIN bornes.stations AS s USING (id)
LEFT JOIN LATERAL (
    SELECT jsonb_build_array(p.lon, p.lat, p.code_commune, p.code_arrondissement, p.territoire)
           AS avant
    FROM bornes.points_de_charge AS p
    WHERE p.station_id = s.id AND p.retire_le IS NULL
    ORDER BY p.date_maj DESC, p.id LIMIT 1
) AS lieu ON true
"""
"""The stations of those points: the names of what changes, their points by what becomes of them,
and where they stood, as the vitrine places them: a map must hear of what leaves it."""

APPLIQUER = (
    "ANALYZE changements (id, connu)",  # else whole lines are hashed, not these few columns
    "ANALYZE touchees (id, nouvelle)",
    f"""
    INSERT INTO bornes.stations (id, {_list(_LIEU)})
    SELECT DISTINCT ON (l.station_id) l.station_id, {_list(_LIEU, "l.")}
    FROM touchees AS t JOIN lignes_lues AS l ON l.station_id = t.id
    WHERE t.nouvelle AND l.{RETENUE}
    ORDER BY l.station_id, l.date_maj DESC, l.id
    """,
    f"""
    INSERT INTO bornes.points_de_charge ({_list(_STOCKEES)}, producteur, import_id)
    SELECT {_list(_STOCKEES, "l.")}, %(producteur)s, %(import_id)s
    FROM lignes_lues AS l JOIN changements AS c ON c.id = l.id
    WHERE l.{RETENUE} AND NOT c.connu
    """,
    """
    INSERT INTO bornes.departs AS d (point_id, station_id, parti_le)
    SELECT p.id, p.station_id, coalesce(p.retire_le, now())
    FROM changements AS c JOIN bornes.points_de_charge AS p ON p.id = c.id
    WHERE c.connu AND p.station_id <> c.station_id
    ON CONFLICT (point_id, station_id) DO UPDATE SET parti_le = excluded.parti_le
    """,
    """
    DELETE FROM bornes.departs AS d USING changements AS c
    WHERE d.point_id = c.id AND d.station_id = c.station_id
    """,
    f"""
    UPDATE bornes.points_de_charge AS p
    SET {", ".join(f"{c} = l.{c}" for c in _STOCKEES[1:])},
        producteur = %(producteur)s, import_id = %(import_id)s,
        modifie_le = now(), retire_le = NULL, motif_retrait = NULL
    FROM lignes_lues AS l JOIN changements AS c ON c.id = l.id
    WHERE p.id = l.id AND l.{RETENUE} AND c.connu
    """,
    """
    UPDATE bornes.points_de_charge AS p
    SET retire_le = now(), motif_retrait = %(motif)s, modifie_le = now()
    FROM changements AS c WHERE c.id = p.id AND c.nature = 'retire'
    """,
    f"""
    UPDATE bornes.stations AS s
    SET ({_list(_LIEU)}) = ROW({_list(_LIEU, "v.")}),
        modifiee_le = now(), retiree_le = NULL, motif_retrait = NULL
    FROM (
        SELECT DISTINCT ON (p.station_id) p.station_id, {_list(_LIEU, "p.")}
        FROM bornes.points_de_charge AS p JOIN touchees AS t ON t.id = p.station_id
        WHERE p.retire_le IS NULL AND NOT t.nouvelle
        ORDER BY p.station_id, p.date_maj DESC, p.id
    ) AS v
    WHERE s.id = v.station_id
    """,
    """
    UPDATE bornes.stations AS s
    SET retiree_le = now(), modifiee_le = now(), motif_retrait =
        CASE WHEN jsonb_exists(t.points, 'retire') THEN %(motif)s ELSE %(motif_depart)s END
    FROM touchees AS t
    WHERE t.id = s.id AND s.retiree_le IS NULL AND NOT EXISTS (
        SELECT FROM bornes.points_de_charge AS p
        WHERE p.station_id = s.id AND p.retire_le IS NULL
    )
    """,
    """
    INSERT INTO bornes.journal (genre, sujet, acteur, corps)
    SELECT CASE WHEN s.retiree_le IS NOT NULL THEN 'station.retiree'
                WHEN t.vivait THEN 'station.modifiee' ELSE 'station.creee' END,
           s.id, %(acteur)s,
           jsonb_strip_nulls(jsonb_build_object(
               'import', %(import_id)s::int,
               'champs', CASE WHEN s.retiree_le IS NULL THEN to_jsonb(t.champs) END,
               'motif', CASE WHEN s.retiree_le IS NOT NULL THEN s.motif_retrait
                             WHEN jsonb_exists(t.points, 'retire') THEN %(motif)s END,
               'points', t.points,
               'avant', t.avant
           ))
    FROM touchees AS t JOIN bornes.stations AS s ON s.id = t.id
    WHERE t.vivait OR s.retiree_le IS NULL
    ORDER BY s.id
    """,
)
"""New stations first (the points refer to them), then points, the stations that they leave,
withdrawals, the places of stations already known, the journal. `VERROU` keeps away whoever would
write the same ones: inserting without looking for a conflict takes two thirds of the time."""

EXAMINER = (
    # Right after a large import, the server has not looked at the points yet: it would search the
    # producer's living points anew for each station.
    "ANALYZE bornes.points_de_charge (id, station_id, producteur, retire_le)",
    MOIS_DABORD,
    DATES_INVRAISEMBLABLES,
    DOUBLONS_DU_FICHIER,
    DOUBLONS_DES_AUTRES,
    STATIONS_DES_AUTRES,
    PLUSIEURS_CONNECTEURS,
    *STATIONS_LUES,
    POSITIONS_LUES,
    STATIONS,
    STATIONS_INCOHERENTES,
    POSITIONS_INCOHERENTES,
)
"""What is found in the file as a whole, whatever will be kept of it."""
