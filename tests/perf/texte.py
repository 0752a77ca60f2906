"""Ways to search the text of 107,000 listings, side by side: `python -m tests.perf.texte`.

The figures of ADR 0021. Each way runs in a process of its own. tantivy is no dependency of the
project: it is measured where somebody installed it.
"""

import json
import random
import re
import sys
from importlib.util import find_spec
from itertools import accumulate
from statistics import mean, median
from time import process_time

import psutil

from tests.perf.children import run_child
from tests.perf.report import Line, ratio, table
from tests.perf.texte_voies import VOIES, Documents, Search

LISTINGS = 107_000
CHANGED = 4_000
"""Listings of the overlay just before it joins the base."""
ROUNDS = 5
REPEAT = 5
SORTES = (
    "Restaurant traiteur japonais sushi",
    "Restaurant pizzeria italienne",
    "Restaurant libanais",
    "Librairie",
    "Boucherie charcuterie rôtisserie",
    "Boulangerie pâtisserie",
    "Fromagerie crèmerie",
    "Épicerie fine",
    "Primeur fruits et légumes",
    "Caviste vins spiritueux",
    "Poissonnerie",
    "Fleuriste",
    "Chocolaterie",
    "Pharmacie parapharmacie",
    "Coiffeur salon de coiffure",
    "Alimentation générale",
    "Jouets jeux",
    "Artisanat d'art",
    "Disquaire",
    "Cosmétique parfumerie",
    "Quincaillerie bricolage",
    "Presse papeterie",
    "Blanchisserie teinturerie",
    "Opticien lunettes",
)
SYLLABES = [first + vowel for first in "bcdfghjklmnprstvz" for vowel in ("a", "e", "i", "o", "ou")]
FINS = ("n", "r", "l", "t", "rd", "eau", "ard", "ier", "in", "on", "et", "ine", "ette", "ois")
WORDS = 60_000
"""Proper names and rare words, more and more rare; some 30,000 are drawn."""
QUESTIONS = {
    "boulangerie": "boulangerie",
    "libraire": "librairie",
    "poissonneries": "poissonnerie",
    "fromagrie": "fromagerie",
    "pizeria": "pizzeria",
    "librairy": "librairie",
    "bouchrie": "boucherie",
    "charcutrie": "charcuterie",
    "epicrie fine": "épicerie fine",
    "restaurants japonaise": "japonais",
    "restaurant libanaise": "libanais",
    "parfumerie de paris": "parfumerie",
    # The worst: a start that half of the listings have, and common words only.
    "pa": "",
    "restaurant maison bio frais quartier livraison produits paris": "",
}
"""What is typed → what the kind of the shops of the first page should hold."""


def documents(count: int, seed: int = 21) -> Documents:
    """Names, kinds and descriptions, as long as those of the two files of Paris."""
    alea = random.Random(seed)
    rare = [
        "".join(alea.choices(SYLLABES, k=alea.randint(1, 4))) + alea.choice(FINS)
        for _ in range(WORDS)
    ]
    weights = list(accumulate(1 / (rank + 100) for rank in range(WORDS)))
    common = "Paris maison produits bio frais livraison à emporter du quartier depuis la de et"
    made = []
    for _ in range(count):
        sorte = alea.choice(SORTES)
        name = [alea.choice((sorte.split()[0], "Maison", "Chez", "L'Atelier", "Au"))]
        name += alea.choices(rare, cum_weights=weights, k=alea.randint(1, 2))
        told = alea.choices(common.split(), k=alea.randint(2, 10))
        told += alea.choices(rare, cum_weights=weights, k=alea.randint(0, 8))
        told += alea.sample(sorte.split(), 1)
        alea.shuffle(told)
        made.append((" ".join(name).title(), sorte, " ".join(told)))
    return made


def measure(name: str) -> dict[str, object]:
    """One way, in this process."""
    shops = documents(LISTINGS)
    before = psutil.Process().memory_info().rss
    voie = VOIES[name]()
    start = process_time()
    voie.build(shops)
    build = process_time() - start
    held = psutil.Process().memory_info().rss - before
    told: dict[str, object] = {"construire_s": build, "tenu_mo": held / 1e6}
    told["questions"] = {text: _asked(voie.search, shops, text) for text in QUESTIONS}
    for figure, count in (("couche_s", CHANGED), ("un_changement_s", 1)):
        changed = documents(LISTINGS + count)[LISTINGS:]
        start = process_time()
        voie.change(changed)
        told[figure] = process_time() - start
    return told


def _asked(search: Search, shops: Documents, text: str) -> dict[str, float]:
    """CPU of a question, and the share of the first page that is what was meant."""
    spent = []
    for _ in range(ROUNDS):
        start = process_time()
        for _ in range(REPEAT):
            count, page = search(text)
        spent.append((process_time() - start) / REPEAT)
    meant = re.compile(QUESTIONS[text], re.IGNORECASE)
    right = sum(bool(meant.search(shops[row][1])) for row in page)
    return {"cpu_s": median(spent), "trouves": count, "juste": right / max(1, len(page))}


def main() -> None:
    """Each way in turn, in its own process; with a name, that one in this process."""
    if len(sys.argv) > 1:
        json.dump(measure(sys.argv[1]), sys.stdout)
        return
    names = [name for name in VOIES if "tantivy" not in name or find_spec("tantivy")]
    told = {name: run_child("tests.perf.texte", name) for name in names}
    lines = []
    for name, figures in told.items():
        lines += [
            Line(name, "construire", {"secondes": figures["construire_s"]}),
            Line(name, "mémoire tenue", {"mo": figures["tenu_mo"]}),
            Line(name, f"{CHANGED} documents changés", {"ms": figures["couche_s"] * 1e3}),
            Line(name, "un document changé", {"ms": figures["un_changement_s"] * 1e3}),
        ]
        for text, asked in figures["questions"].items():
            ours = told["lexique"]["questions"][text]["cpu_s"]
            shown = {"cpu_us": asked["cpu_s"] * 1e6, "objets": asked["trouves"]}
            share = f"× lexique, {asked['juste']:.0%} justes"
            lines.append(Line(name, text, shown, ratio([asked["cpu_s"]], [ours]), share))
        right = mean(asked["juste"] for asked in figures["questions"].values())
        lines.append(Line(name, "premières pages justes", {}, right * 100, "%"))
    print(table(lines))


if __name__ == "__main__":
    main()
