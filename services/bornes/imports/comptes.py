"""SQL counts of an import once its rows are examined; parameters as in `sql`."""

COMPTER_LIGNES = "SELECT statut, count(*) FROM lignes_lues GROUP BY statut"
COMPTER_POINTS = "SELECT nature, count(*) FROM changements GROUP BY nature"
COMPTER_STATIONS = """
SELECT CASE WHEN s.retiree_le IS NOT NULL THEN 'retire' WHEN t.vivait THEN 'modifie'
            ELSE 'cree' END AS nature, count(*)
FROM touchees AS t JOIN bornes.stations AS s ON s.id = t.id
WHERE t.vivait OR s.retiree_le IS NULL
GROUP BY nature
"""
EXEMPLES_PAR_CODE = 3
_PREMIERS = f"""
FROM bornes.import_anomalies WHERE import_id = %(import_id)s AND rang IN (
    SELECT premier FROM unnest(rangs) AS premier ORDER BY premier LIMIT {EXEMPLES_PAR_CODE}
)
"""
"""The first findings of a group, among its `rangs`: sorting numbers group by group costs a quarter
of sorting all findings by the texts that they are grouped by."""
EXEMPLES = f"""
SELECT code, nombre, ligne, colonne, recu, retenu
FROM (
    SELECT code, count(*) AS nombre, array_agg(rang) AS rangs
    FROM bornes.import_anomalies WHERE import_id = %(import_id)s GROUP BY code
) AS constats, LATERAL (SELECT rang, ligne, colonne, recu, retenu {_PREMIERS}) AS exemples
ORDER BY code, rang
"""
"""Each code with its number and its first three findings."""
OPERATEURS = f"""
WITH lues AS (
    SELECT ligne, nom_operateur, CASE WHEN identifiant LIKE 'FR___%%' THEN left(identifiant, 5)
                                      ELSE 'NC' END AS prefixe
    FROM (
        SELECT ligne, nom_operateur, coalesce(id_pdc_itinerance, id, station_id) AS identifiant
        FROM lignes_lues
    ) AS identifiees WHERE identifiant IS NOT NULL
), constats AS (
    SELECT prefixe, code, count(*) AS nombre, array_agg(rang) AS rangs
    FROM bornes.import_anomalies JOIN lues USING (ligne)
    WHERE import_id = %(import_id)s GROUP BY prefixe, code
), codes AS (
    SELECT prefixe, jsonb_agg(jsonb_build_object('code', code, 'nombre', nombre, 'exemples', (
        SELECT jsonb_agg(jsonb_build_object(
            'ligne', ligne, 'colonne', colonne, 'recu', recu, 'retenu', retenu
        ) ORDER BY rang) {_PREMIERS}
    )) ORDER BY code) AS codes
    FROM constats GROUP BY prefixe
), noms AS (
    SELECT DISTINCT ON (prefixe) prefixe, nom_operateur
    FROM (
        SELECT prefixe, nom_operateur, count(*) AS nombre FROM lues GROUP BY prefixe, nom_operateur
    ) AS portes WHERE nom_operateur IS NOT NULL
    ORDER BY prefixe, nombre DESC, nom_operateur
), lignes AS (
    SELECT prefixe, array_agg(ligne) AS toutes FROM lues GROUP BY prefixe
)
INSERT INTO bornes.imports_operateurs (import_id, prefixe, operateur, lignes, codes)
SELECT %(import_id)s, prefixe, coalesce(nom_operateur, ''),
       ARRAY(SELECT ligne FROM unnest(toutes) AS ligne ORDER BY ligne), coalesce(codes, '[]')
FROM lignes LEFT JOIN noms USING (prefixe) LEFT JOIN codes USING (prefixe)
"""
"""What was found operator by operator: a rejected line belongs to who is read in it."""
