"""The ways to search text that tests.perf.texte measures."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, ClassVar, Protocol

import numpy as np
from rapidfuzz import fuzz, process

from services.commerces.mots import VIDES, words
from services.commerces.texte import index, questions
from services.commerces.texte.lexique import ONE_EDIT, TWO_EDITS, Lexique
from shared.memory.columns import Writer

PAGE = 20
Documents = list[tuple[str, str, str]]
Search = Callable[[str], tuple[int, list[int]]]
"""How many listings answer a question, and the rows of the first page."""
POIDS = (96, 32, 12)


class Voie(Protocol):
    def build(self, documents: Documents) -> None: ...

    def search(self, text: str) -> tuple[int, list[int]]: ...

    def change(self, documents: Documents) -> None:
        """Take these in beside the others."""
        ...


class ParLexique:
    """What services.commerces.texte does."""

    def __init__(self) -> None:
        self.lexique = Lexique()

    def build(self, documents: Documents) -> None:
        self.index = self._index(documents)

    def _index(self, documents: Documents) -> index.Index:
        writer = Writer()
        for document in documents:
            writer.append(self.lexique.encode(list(zip(POIDS, document, strict=True))))
        self.kept = writer.texts()
        return index.Index.of(self.kept, self.lexique)

    def search(self, text: str) -> tuple[int, list[int]]:
        question = questions.Reader(self.lexique, [self.index]).ask(text)
        rows, scores = self.index.search(question)
        return rows.size, _best(rows, scores)

    def change(self, documents: Documents) -> None:
        self.recent = self._index(documents)


class ParTrigrammes:
    """Trigrams of whole texts, then rapidfuzz on what shares enough of them."""

    def build(self, documents: Documents) -> None:
        self.texts = [" ".join(words(" ".join(document))) for document in documents]
        rows = defaultdict(list)
        for row, text in enumerate(self.texts):
            for gram in _trigrams(text):
                rows[gram].append(row)
        self.rows = {gram: np.array(where, dtype=np.int32) for gram, where in rows.items()}

    def search(self, text: str) -> tuple[int, list[int]]:
        scores = np.ones(len(self.texts), dtype=np.float32)
        for word in [word for word in words(text) if word not in VIDES]:
            grams = [self.rows[gram] for gram in _trigrams(word) if gram in self.rows]
            shared = np.bincount(np.concatenate(grams), minlength=len(self.texts))
            scores *= shared >= max(1, (len(word) + 1) // 2)
            rows = np.flatnonzero(scores)
            likely = [self.texts[row] for row in rows.tolist()]
            alike = process.cdist([word], likely, scorer=fuzz.partial_ratio, score_cutoff=80)[0]
            scores[rows] *= alike
        rows = np.flatnonzero(scores)
        return rows.size, _best(rows, scores[rows])

    def change(self, documents: Documents) -> None:
        recent = ParTrigrammes()
        recent.build(documents)


def _best(rows, scores) -> list[int]:
    if rows.size > PAGE:
        rows = rows[np.argpartition(scores, -PAGE)[-PAGE:]]
    return rows.tolist()


def _trigrams(text: str) -> set[str]:
    padded = f" {text} "
    return {padded[place : place + 3] for place in range(len(padded) - 2)}


class ParTantivy:
    """tantivy: in memory, French stems without accents, terms and near terms of three fields."""

    most: int | None = None
    """All rows: a search has other filters, which are not tantivy's, and facets."""
    FIELDS: ClassVar = {"nom": 8.0, "sorte": 3.0, "description": 1.0}

    def __init__(self) -> None:
        import tantivy  # an optional measure

        self.t: Any = tantivy
        schema = tantivy.SchemaBuilder()
        for field in self.FIELDS:
            schema.add_text_field(field, tokenizer_name="fr")
        schema.add_unsigned_field("row", fast=True, stored=True)
        self.index = tantivy.Index(schema.build())
        filters = tantivy.Filter
        self.analyzer = (
            tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
            .filter(filters.lowercase())
            .filter(filters.ascii_fold())
            .filter(filters.stemmer("french"))
            .build()
        )
        self.index.register_tokenizer("fr", self.analyzer)
        self.count = 0

    def build(self, documents: Documents) -> None:
        writer = self.index.writer(200_000_000, 1)
        for document in documents:
            fields = dict(zip(self.FIELDS, document, strict=True))
            made = self.t.Document(**fields)
            made.add_unsigned("row", self.count)
            writer.add_document(made)
            self.count += 1
        writer.commit()
        writer.wait_merging_threads()
        self.index.reload()
        self.searcher = self.index.searcher()

    change = build

    def search(self, text: str) -> tuple[int, list[int]]:
        each = [self._word(word) for word in self.analyzer.analyze(text) if word not in VIDES]
        query = self.t.Query.boolean_query([(self.t.Occur.Must, word) for word in each])
        found = self.searcher.search(query, self.most or self.count)
        hits = found.hits
        return found.count, [self.searcher.doc(where)["row"][0] for _, where in hits[:PAGE]]

    def _word(self, word: str) -> Any:
        query, schema = self.t.Query, self.index.schema
        edits = 2 if len(word) >= TWO_EDITS else int(len(word) >= ONE_EDIT)
        any_of = []
        for field, boost in self.FIELDS.items():
            any_of.append(query.boost_query(query.term_query(schema, field, word), boost * 2))
            if edits:
                near = query.fuzzy_term_query(schema, field, word, distance=edits)
                any_of.append(query.boost_query(near, boost))
        return query.disjunction_max_query(any_of)


class ParTantivyUnePage(ParTantivy):
    """The same where a page of rows would do."""

    most = PAGE


VOIES: dict[str, type[Voie]] = {
    "lexique": ParLexique,
    "trigrammes": ParTrigrammes,
    "tantivy": ParTantivy,
    "tantivy, une page": ParTantivyUnePage,
}
