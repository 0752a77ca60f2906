"""What an import leaves out of a file, in SQL: rows that give way to others, points elsewhere.

Each step runs on `lignes_lues` and tells the report why, as those of `sql`.
"""

RETENUE = "statut IN ('accepte', 'repare')"
"""Of a row that is kept so far."""


PREMIERE_MISE_EN_SERVICE = "1990-01-01"
"""Before any point of charge that is still open to the public."""


def report(source: str, before: str = "") -> str:
    """Add to the report what `source` finds: (ligne, colonne, code, recu, retenu)."""
    return f"""
    WITH {before} trouvees AS ({source})
    INSERT INTO bornes.import_anomalies (import_id, rang, ligne, colonne, code, recu, retenu)
    SELECT %(import_id)s, dernier.rang + row_number() OVER (ORDER BY ligne, code, colonne),
           ligne, colonne, code, left(recu, 500), retenu
    FROM trouvees, (
        SELECT coalesce(max(rang), 0) AS rang FROM bornes.import_anomalies
        WHERE import_id = %(import_id)s
    ) AS dernier
    """


_MONTH, _PAST = "(0?[1-9]|1[0-2])", "(1[3-9]|2[0-9]|3[01])"
MOIS_DABORD = rf"""
    WITH dates AS (
        SELECT rang, recu ~ '^\s*{_MONTH}[/.-]{_MONTH}[/.-]\d{{4}}'
               AND recu !~ '^\s*0?(\d+)[/.-]0?\1[/.-]' AS ambigue,
               recu ~ '^\s*{_MONTH}[/.-]{_PAST}[/.-]\d{{4}}' AS mois_dabord,
               recu ~ '^\s*{_PAST}[/.-]{_MONTH}[/.-]\d{{4}}' AS jour_dabord
        FROM bornes.import_anomalies
        WHERE import_id = %(import_id)s AND code IN ('DATE', 'ILLI', 'OPTI')
          AND colonne IN ('date_maj', 'date_mise_en_service')
    ), trouvees AS (
        UPDATE bornes.import_anomalies AS a
        SET code = CASE a.colonne WHEN 'date_maj' THEN 'DATM' ELSE 'OPTI' END, retenu = NULL
        FROM dates AS d
        WHERE a.import_id = %(import_id)s AND a.rang = d.rang AND d.ambigue
          AND (SELECT count(*) FILTER (WHERE mois_dabord) > count(*) FILTER (WHERE jour_dabord)
               FROM dates)
        RETURNING a.ligne, a.code
    ), lignes AS (
        SELECT ligne, bool_or(code = 'DATM') AS rejetee, bool_or(code = 'OPTI') AS videe
        FROM trouvees GROUP BY ligne
    )
    UPDATE lignes_lues AS l
    SET statut = CASE WHEN t.rejetee THEN 'rejete' ELSE l.statut END,
        date_mise_en_service = CASE WHEN NOT t.videe THEN l.date_mise_en_service END,
        empreinte = CASE WHEN t.videe THEN md5(l.empreinte::text)::uuid ELSE l.empreinte END
    FROM lignes AS t WHERE l.ligne = t.ligne AND {RETENUE}
"""
"""Where more dates can only be read with the month first than with the day first, `04/02/2024` is
no 4 February: who knows which it is? The one that may be missing is left out, as others that
cannot be read; the row is then another than the same with that day."""

_TOMORROW = "(SELECT (now() AT TIME ZONE 'Europe/Paris')::date + 1)"
"""As a query of its own, which is run once, not for each row."""
_TO_COME = f"date_maj > {_TOMORROW}"
_UNLIKELY = f"date_mise_en_service NOT BETWEEN date '{PREMIERE_MISE_EN_SERVICE}' AND {_TOMORROW}"
DATES_INVRAISEMBLABLES = report(
    f"""
    SELECT ligne, colonne, code, jour::text AS recu, NULL AS retenu
    FROM lignes_lues, LATERAL (VALUES
        ('date_maj', 'DATF', date_maj, {_TO_COME}),
        ('date_mise_en_service', 'MESI', date_mise_en_service, {_UNLIKELY})
    ) AS dates (colonne, code, jour, fausse)
    WHERE {RETENUE} AND ({_TO_COME} OR {_UNLIKELY}) AND fausse
    """
)
"""A day to come proves nothing: a year mistyped would hold a point for ever. Programmes count by
the day of commissioning, where 1970-01-01 is what a program writes for want of one."""


def _told(alias: str) -> str:
    """When a row says that it was brought up to date, for who compares it with another."""
    return f"CASE WHEN {alias}.{_TO_COME} THEN '-infinity' ELSE {alias}.date_maj END"


DOUBLONS_DU_FICHIER = report(
    "SELECT ligne, 'id_pdc_itinerance' AS colonne, code, recu, retenu FROM ecartees",
    f"""
    repetes AS (
        SELECT id FROM lignes_lues WHERE {RETENUE} GROUP BY id HAVING count(*) > 1
    ), versions AS (
        SELECT ligne, dit, empreinte, first_value(ligne) OVER derniere AS gagnante,
               first_value(dit) OVER derniere AS dit_gagnante,
               first_value(empreinte) OVER derniere AS empreinte_gagnante
        FROM lignes_lues AS l JOIN repetes USING (id), LATERAL (SELECT {_told("l")} AS dit) AS d
        WHERE {RETENUE}
        WINDOW derniere AS (PARTITION BY id ORDER BY dit DESC, ligne DESC)
    ), ecartees AS (
        UPDATE lignes_lues AS l SET statut = 'doublon' FROM versions AS v
        WHERE l.ligne = v.ligne AND v.ligne <> v.gagnante
        RETURNING l.ligne, l.id_pdc_itinerance AS recu, 'ligne ' || v.gagnante AS retenu,
                  CASE WHEN v.empreinte = v.empreinte_gagnante THEN 'DOUX'
                       WHEN v.dit < v.dit_gagnante THEN 'DOUA' ELSE 'DOUM' END AS code
    ),""",
)
"""One row a point: the latest date_maj, then the last line."""

_LOSES = f"""
    {_told("l")} < {_told("p")} OR {_told("l")} = {_told("p")} AND NOT (
        coalesce(l.id LIKE ANY(%(prefixes)s::text[]), false)
        AND NOT EXISTS (
            SELECT FROM bornes.imports AS i, unnest(i.prefixes) AS prefixe
            WHERE i.id = p.import_id AND starts_with(p.id, prefixe)
        )
    )
"""
"""A row is older; or of the same date, and its sender is not the one of both who answers for the
identifier: aggregators copy operators' files with their dates."""
DOUBLONS_DES_AUTRES = report(
    "SELECT ligne, 'id_pdc_itinerance' AS colonne, code, recu, retenu FROM ecartees",
    f"""
    rivales AS (
        SELECT l.ligne, p.producteur, {_LOSES} AS perd,
               coalesce(l.id LIKE ANY(%(prefixes)s::text[]), true) AS permise
        FROM lignes_lues AS l JOIN bornes.points_de_charge AS p ON p.id = l.id
        WHERE {RETENUE} AND p.retire_le IS NULL AND p.producteur <> %(producteur)s
    ), ecartees AS (
        UPDATE lignes_lues AS l SET statut = 'doublon' FROM rivales AS r
        WHERE l.ligne = r.ligne AND (r.perd OR NOT r.permise)
        RETURNING l.ligne, l.id_pdc_itinerance AS recu, r.producteur AS retenu,
                  CASE WHEN r.perd THEN 'DOUP' ELSE 'DOUC' END AS code
    ),""",
)
"""Another producer's living point stays, unless this file's row wins and its sender may take the
identifier: `prefixes` are those of its key (LIKE patterns), null when it may take any."""

STATIONS_DES_AUTRES = report(
    "SELECT ligne, 'id_station_itinerance' AS colonne, 'STAU' AS code, recu, retenu FROM ecartees",
    f"""
    tenues AS (
        SELECT p.station_id, string_agg(DISTINCT p.producteur, ' | ') AS producteurs
        FROM bornes.points_de_charge AS p
        WHERE %(prefixes)s::text[] IS NOT NULL AND NOT p.station_id LIKE ANY(%(prefixes)s::text[])
          AND p.retire_le IS NULL AND p.producteur <> %(producteur)s
          AND p.station_id IN (SELECT station_id FROM lignes_lues WHERE {RETENUE})
        GROUP BY p.station_id
    ), ecartees AS (
        UPDATE lignes_lues AS l SET statut = 'rejete' FROM tenues AS t
        WHERE l.station_id = t.station_id AND {RETENUE}
        RETURNING l.ligne, l.id_station_itinerance AS recu, t.producteurs AS retenu
    ),""",
)
"""Nor does a point of one's own go to another producer's station, which it might then speak for."""

HORS_PERIMETRE = report(
    "SELECT ligne, 'coordonneesXY' AS colonne, 'PERI' AS code, recu, NULL AS retenu FROM dehors",
    f"""
    dehors AS (
        SELECT ligne, id,
               coalesce(recu ->> 'coordonneesXY', '[' || lon || ',' || lat || ']') AS recu
        FROM lignes_lues
        WHERE {RETENUE} AND territoire IS NULL
    ), ecartees AS (
        UPDATE lignes_lues AS l SET id = NULL,
               statut = CASE WHEN l.ligne = d.ligne THEN 'rejete' ELSE l.statut END
        FROM dehors AS d WHERE d.id = l.id
    ),""",
)
"""Points elsewhere than in the Métropole count as absent: an id that moved out is withdrawn, even
where another row of the file still has it."""
