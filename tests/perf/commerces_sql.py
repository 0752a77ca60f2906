"""The searches of the directory in PostgreSQL: its own tables, indexes and SQL, as good as we can.

A read model of its own, as the vitrine is one: rows in the order of place, ready fragments of JSON,
openings of the week asked about as ranges, positions on the Mercator plane so that distances need
no trigonometry. Extensions that come with PostgreSQL: `unaccent`, `pg_trgm`, `fuzzystrmatch`;
PostGIS is not in the wheel, and what it would do here PostgreSQL's own geometry does.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import cache
from math import cos, log, pi, radians, tan
from typing import Any, Final

import psycopg

from services.commerces import fiches as ecriture
from services.commerces import mots_admis, queries, taxonomie
from services.commerces.desserte import Lieu
from services.commerces.filtres import bits
from services.commerces.horaires import Agenda
from services.commerces.vitrine import horaires_de
from services.commerces.zones import codes_served
from shared.db import in_snapshots, make_engine
from shared.memory.spatial import EARTH_RADIUS_M
from shared.schemas.commerces_horaires import Horaires
from shared.schemas.commerces_taxonomie import MotAdmis
from shared.schemas.commerces_valeurs import Modalite
from shared.schemas.commerces_zones import ZoneCodesPostaux, ZoneCommunes
from shared.schemas.commun import PARIS

LUNDI: Final = date(2026, 11, 23)
"""First day of the week asked about: none of it is a public holiday."""
TABLES: Final = """
CREATE SCHEMA banc;
CREATE EXTENSION unaccent; CREATE EXTENSION pg_trgm; CREATE EXTENSION fuzzystrmatch;
CREATE TEXT SEARCH CONFIGURATION banc.fr (COPY = french);
ALTER TEXT SEARCH CONFIGURATION banc.fr
    ALTER MAPPING FOR hword, hword_part, word, asciiword, asciihword, hword_asciipart
    WITH unaccent, french_stem;
CREATE TABLE banc.fiches (
    id int, lon float8, lat float8, lieu point, bits bigint, categories smallint, commune text,
    arrondissement text, ept text, nom text, famille text, description text, ou text, resume text
);
CREATE TABLE banc.livraisons (
    fiche int, lieu point, rayon float8, zone polygon, emprise box, codes int[],
    ouvert tsmultirange
);
CREATE TABLE banc.lignees (categories smallint, code text);
"""
INDEXES: Final = """
ALTER TABLE banc.fiches ADD mots tsvector;
UPDATE banc.fiches SET mots = setweight(to_tsvector('banc.fr', nom), 'A')
    || setweight(to_tsvector('banc.fr', famille), 'B')
    || setweight(to_tsvector('banc.fr', description), 'C')
    || setweight(to_tsvector('banc.fr', ou), 'D');
CREATE TABLE banc.places AS SELECT * FROM banc.fiches ORDER BY floor(lat * 250), lon;
DROP TABLE banc.fiches;
ALTER TABLE banc.places RENAME TO fiches;
ALTER TABLE banc.fiches ADD PRIMARY KEY (id);
CREATE INDEX ON banc.fiches USING gist (lieu);
CREATE INDEX ON banc.fiches USING gin (mots);
CREATE INDEX ON banc.livraisons USING gist (emprise);
CREATE INDEX ON banc.livraisons USING gin (codes);
CREATE INDEX ON banc.livraisons USING gist (lieu);
CREATE TABLE banc.contours AS
    SELECT fiche, lieu, coalesce(zone, polygon(32, circle(lieu, rayon))) AS contour, ouvert
    FROM banc.livraisons WHERE emprise IS NOT NULL;
CREATE INDEX ON banc.contours USING gist (contour);
CREATE TABLE banc.mots AS
    SELECT word AS mot, ndoc FROM ts_stat($$
        SELECT to_tsvector(
            'simple', unaccent(nom || ' ' || famille || ' ' || description || ' ' || ou)
        ) FROM banc.fiches
    $$);
CREATE INDEX ON banc.mots USING gin (mot gin_trgm_ops);
ALTER DATABASE {base} SET jit = off;
ALTER DATABASE {base} SET max_parallel_workers_per_gather = 0;
ALTER DATABASE {base} SET work_mem = '64MB';
"""
Row = tuple[Any, ...]
Box = tuple[float, float, float, float]


def mercator(lon: float, lat: float) -> tuple[float, float]:
    """Metres of the Mercator plane."""
    y = log(tan(pi / 4 + radians(lat) / 2))
    return EARTH_RADIUS_M * radians(lon), EARTH_RADIUS_M * y


def fill(url: str) -> None:
    """Make the tables of the searches, in the database of a directory."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(TABLES)
        _copy(connection, url)
        connection.execute(INDEXES.format(base=connection.info.dbname))
        connection.execute("VACUUM (ANALYZE, FREEZE)")


def _copy(connection: psycopg.Connection, url: str) -> None:
    categories: dict[tuple[str, ...], int] = {}
    places: list[Row] = []
    deliveries: list[Row] = []
    engine = in_snapshots(make_engine(url))
    with engine.connect() as source:
        for fiche, modalites in queries.published(source):
            number = categories.setdefault(tuple(fiche.categories), len(categories))
            places.append(_place(fiche, modalites, number))
            deliveries += (_delivery(fiche, m) for m in modalites if m.genre == "livraison")
    engine.dispose()
    lineages = [
        (number, code)
        for codes, number in categories.items()
        for code in {above for own in codes for above in taxonomie.lineage(own)}
    ]
    columns = {
        "fiches": "id, lon, lat, lieu, bits, categories, commune, arrondissement, ept, nom,"
        " famille, description, ou, resume",
        "livraisons": "fiche, lieu, rayon, zone, emprise, codes, ouvert",
        "lignees": "categories, code",
    }
    with connection.cursor() as cursor:
        for table, rows in zip(columns, (places, deliveries, lineages), strict=True):
            with cursor.copy(f"COPY banc.{table} ({columns[table]}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)


def _place(fiche: Any, modalites: list[Any], categories: int) -> Row:
    own = {code for one in fiche.categories for code in taxonomie.lineage(one)}
    words = " ".join(word for code in sorted(own) for word in taxonomie.words(code))
    ordered = ecriture.in_order(modalites)
    resume = ecriture.resume(fiche, ordered, ecriture.contacts_publics(fiche)).decode()
    x, y = mercator(fiche.lon, fiche.lat)
    return (
        *(fiche.id, fiche.lon, fiche.lat, f"({x},{y})", bits(fiche, modalites), categories),
        *(fiche.code_commune, fiche.code_arrondissement, fiche.territoire),
        *(fiche.nom, words, fiche.description or "", f"{_ou(fiche)} {_offre(fiche, ordered)}"),
        resume[:-1],
    )


def _ou(fiche: Any) -> str:
    """The words of where a shop is."""
    number = f"{int(fiche.code_arrondissement[-2:])}e" if fiche.code_arrondissement else ""
    return f"{ecriture.nom_commune(fiche.code_commune)} {number} {fiche.code_postal}"


def _offre(fiche: Any, modalites: list[Any]) -> str:
    """The words of its labels and modalities."""
    codes = {*fiche.labels, *(modalite.genre for modalite in modalites)}
    return " ".join(" ".join((one.nom, *one.synonymes)) for one in _offres() if one.code in codes)


@cache
def _offres() -> list[MotAdmis]:
    admis = mots_admis.mots_admis()
    return [*admis["labels"], *admis["modalites"]]


def _delivery(fiche: Any, modalite: Any) -> Row:
    x, y = mercator(fiche.lon, fiche.lat)
    rayon, zone, emprise, codes = None, None, None, None
    told = {} if modalite.zone is None else ecriture.orjson.loads(modalite.zone)
    match told.get("type"):
        case "rayon":
            # Metres of the plane: this far from there, one on the ground is as many.
            rayon = told["rayon_m"] / cos(radians(fiche.lat))
            reach = rayon * 1.001
            emprise = f"({x - reach},{y - reach}),({x + reach},{y + reach})"
        case "polygone":
            corners = [mercator(*corner) for corner in told["geometrie"]["coordinates"][0]]
            xs, ys = zip(*corners, strict=True)
            zone = f"({','.join(f'({a},{b})' for a, b in corners)})"
            emprise = f"({min(xs)},{min(ys)}),({max(xs)},{max(ys)})"
        case "communes":
            codes = list(map(int, codes_served(ZoneCommunes.model_validate(told))))
        case "codes_postaux":
            codes = list(map(int, codes_served(ZoneCodesPostaux.model_validate(told))))
    return (
        *(fiche.id, f"({x},{y})", rayon, zone, emprise, codes),
        _openings(horaires_de(fiche, modalite)),
    )


@cache
def _openings(text: str) -> str | None:
    """When hours are surely open in the week asked about, by the clocks of Paris."""
    if not text:
        return None
    return f"{{{','.join(_spans(Agenda(Horaires.model_validate_json(text))))}}}"


def _spans(agenda: Agenda) -> Iterator[str]:
    for number in range(-1, 9):
        day = LUNDI + timedelta(days=number)
        midnight = datetime.combine(day, time())
        for start, end, condition in agenda.day(day).slots:
            if condition is None:
                first, last = (midnight + timedelta(minutes=m) for m in (start, end))
                yield f"[{first},{last})"


_CONSTRUITE: Final = """json_build_object(
    'type', 'Feature', 'id', f.id::text,
    'geometry', json_build_object('type', 'Point', 'coordinates', json_build_array(l.lon, l.lat)),
    'properties', json_build_object(
        'nom', f.nom, 'categories', f.categories, 'adresse', l.adresse,
        'code_postal', l.code_postal, 'commune', l.code_commune,
        'code_commune', coalesce(l.code_arrondissement, l.code_commune), 'ept', l.territoire,
        'modalites', ARRAY(SELECT m.genre FROM commerces.modalites AS m WHERE m.fiche_id = f.id),
        'labels', f.labels, 'paiements', f.paiements, 'accessibilites', f.accessibilites,
        'telephone', jsonb_path_query_first(
            f.contacts, '$[*] ? (@.genre == "telephone" && @.public == true).valeur'),
        'site', jsonb_path_query_first(
            f.contacts, '$[*] ? (@.genre == "site" && @.public == true).valeur'),
        'verifie_le', f.verifie_le::date, 'niveau_preuve', f.niveau_preuve
    ))::text"""
"""A listing as the service gives it, made from the tables that it is kept in."""
_TABLES: Final = """
JOIN commerces.fiches AS f ON f.id = b.id
JOIN commerces.exploitations AS e ON e.id = f.exploitation_id
JOIN commerces.lieux AS l ON l.id = e.lieu_id
"""

# What stands in `%(…)s` is bound; each statement gives the whole answer of the service.
_DESSERTE: Final = """
WITH trouvees AS MATERIALIZED (
    {situees} AND ouvert @> %(instant)s::timestamp
    UNION ALL
    SELECT fiche, lieu <-> %(ici)s::point, ouvert FROM banc.livraisons
    WHERE codes && %(codes)s::int[] AND ouvert @> %(instant)s::timestamp
)
SELECT b.id, (SELECT count(*) FROM trouvees), {resume}, t.ecart * %(echelle)s,
       (SELECT upper(une) FROM unnest(t.ouvert) AS une WHERE une @> %(instant)s::timestamp)
FROM (SELECT * FROM trouvees ORDER BY ecart LIMIT 20) AS t JOIN banc.fiches AS b ON b.id = t.fiche
{tables}
ORDER BY t.ecart
"""
DESSERTE: Final = _DESSERTE.format(
    resume="b.resume",
    tables="",
    situees="""SELECT fiche, lieu <-> %(ici)s::point AS ecart, ouvert FROM banc.livraisons
    WHERE emprise @> box(%(ici)s::point, %(ici)s::point)
      AND CASE WHEN zone IS NULL THEN lieu <-> %(ici)s::point <= rayon
               ELSE zone @> %(ici)s::point END""",
)
DESSERTE_EN_POLYGONES: Final = _DESSERTE.format(
    resume=_CONSTRUITE,
    tables=_TABLES,
    situees="""SELECT fiche, lieu <-> %(ici)s::point AS ecart, ouvert FROM banc.contours
    WHERE contour && polygon(box(%(ici)s::point, %(ici)s::point)) AND contour @> %(ici)s::point""",
)
"""As a geographical database is asked: every zone is a polygon, a radius too, and the answer is
made from tables."""
DESSERTE_SANS_COMPTE: Final = """
SELECT f.id, NULL, f.resume, t.ecart * %(echelle)s,
       (SELECT upper(une) FROM unnest(t.ouvert) AS une WHERE une @> %(instant)s::timestamp)
FROM (
    SELECT fiche, lieu <-> %(ici)s::point AS ecart, ouvert FROM banc.livraisons
    WHERE ((emprise @> box(%(ici)s::point, %(ici)s::point)
            AND CASE WHEN zone IS NULL THEN lieu <-> %(ici)s::point <= rayon
                     ELSE zone @> %(ici)s::point END)
           OR codes && %(codes)s::int[])
      AND ouvert @> %(instant)s::timestamp
    ORDER BY lieu <-> %(ici)s::point LIMIT 20
) AS t JOIN banc.fiches AS f ON f.id = t.fiche
ORDER BY t.ecart
"""
TEXTE: Final = """
WITH trouvees AS MATERIALIZED (
    SELECT id, ts_rank(mots, question) AS rang
    FROM banc.fiches, to_tsquery('banc.fr', %(question)s) AS question WHERE mots @@ question
)
SELECT f.id, (SELECT count(*) FROM trouvees), f.resume
FROM (SELECT * FROM trouvees ORDER BY rang DESC, id LIMIT 20) AS t JOIN banc.fiches AS f USING (id)
ORDER BY t.rang DESC, t.id
"""
FAUTE: Final = """
WITH corrections AS MATERIALIZED (
    SELECT string_agg(quote_literal(mot), '|') AS mots FROM banc.mots
    WHERE mot %% %(faute)s AND levenshtein_less_equal(mot, %(faute)s, %(ecart)s) <= %(ecart)s
), question AS MATERIALIZED (
    SELECT to_tsquery('banc.fr', mots) && to_tsquery('banc.fr', %(reste)s) AS question
    FROM corrections
), trouvees AS MATERIALIZED (
    SELECT id, ts_rank(mots, question) AS rang FROM banc.fiches, question WHERE mots @@ question
)
SELECT f.id, (SELECT count(*) FROM trouvees), f.resume
FROM (SELECT * FROM trouvees ORDER BY rang DESC, id LIMIT 20) AS t JOIN banc.fiches AS f USING (id)
ORDER BY t.rang DESC, t.id
"""
CARTE: Final = """
SELECT id, count(*) OVER (), resume FROM banc.fiches
WHERE lieu <@ box(%(coin)s::point, %(oppose)s::point) LIMIT 500
"""

CARTE_CONSTRUITE: Final = f"""
SELECT f.id, count(*) OVER (), {_CONSTRUITE}
FROM banc.fiches AS b {_TABLES}
WHERE b.lieu <@ box(%(coin)s::point, %(oppose)s::point) LIMIT 500
"""


def _bit(number: int) -> str:
    """A filter counts what answers; kinds of modalities count what would, whatever was asked."""
    kept = "" if number < len(Modalite) else " AND bits & %(masque)s <> 0"
    return f"count(*) FILTER (WHERE bits & {1 << number} <> 0{kept})"


FACETTES: Final = f"""
WITH la AS MATERIALIZED (
    SELECT bits, categories, commune, arrondissement, ept FROM banc.fiches
    WHERE lieu <@ box(%(coin)s::point, %(oppose)s::point)
), ici AS MATERIALIZED (
    SELECT * FROM la WHERE bits & %(masque)s <> 0
)
SELECT NULL AS champ, NULL AS valeur, count(*) FILTER (WHERE bits & %(masque)s <> 0),
       ARRAY[{", ".join(map(_bit, range(36)))}] FROM la
UNION ALL
SELECT 'categorie', code, sum(nombre), NULL
FROM (SELECT categories, count(*) AS nombre FROM ici GROUP BY 1) AS c
JOIN banc.lignees USING (categories) GROUP BY code
UNION ALL
SELECT CASE grouping(commune, arrondissement, ept)
           WHEN 3 THEN 'commune' WHEN 5 THEN 'arrondissement' ELSE 'ept' END,
       coalesce(commune, arrondissement, ept), sum(nombre), NULL
FROM (SELECT commune, arrondissement, ept, count(*) AS nombre FROM ici GROUP BY 1, 2, 3) AS c
GROUP BY GROUPING SETS (commune, arrondissement, ept)
"""


def desserte(lon: float, lat: float, moment: datetime) -> dict[str, Any]:
    """What `DESSERTE` binds."""
    x, y = mercator(lon, lat)
    lieu = Lieu.of(f"{lon:.6f},{lat:.6f}")
    return {
        "ici": f"({x},{y})",
        "codes": sorted(map(int, lieu.codes)),
        "instant": moment.astimezone(PARIS).replace(tzinfo=None),
        "echelle": cos(radians(lat)),
    }


def box(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    """What `CARTE` binds."""
    names = {"coin": mercator(west, south), "oppose": mercator(east, north)}
    return {name: f"({x},{y})" for name, (x, y) in names.items()}
