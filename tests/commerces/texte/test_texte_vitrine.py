"""The text index of a read model, through changes and merges."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.commerces.texte.index import Indexes
from services.commerces.texte.lexique import Lexique
from services.commerces.texte.questions import Reader
from shared.memory import spatial
from shared.memory.columns import Table, Writer
from shared.memory.segments import Segment, Version
from tests.examples import tried_on

WORDS = st.sampled_from(
    ["pain", "pains", "vin", "poisson", "boisson", "fromagerie", "fromagrie", "étoile"]
)
NAME = st.lists(WORDS, min_size=1, max_size=3).map(" ".join)
CHANGES = st.dictionaries(st.sampled_from("abcdefgh"), st.none() | NAME, min_size=1, max_size=4)


def segment(lexique: Lexique, names: dict[str, str]) -> Segment:
    """Shops by id, all at different places."""
    lon = np.array([spatial.fixed(2 + ord(key) / 1_000) for key in names], dtype=np.int32)
    lat = np.array([spatial.fixed(48.8) for _ in names], dtype=np.int32)
    mots = Writer()
    for name in names.values():
        mots.append(lexique.encode([(96, name)]))
    ids = np.array([key.encode() for key in names], dtype=np.bytes_)
    columns = {"key": spatial.keys(lon, lat), "lon": lon, "lat": lat}
    parts = Table.of(np.empty(0, dtype=np.bytes_), {}, {})
    return Segment.of(Table.of(ids, columns, {"mots": mots.texts()}), parts, [0] * len(names))


def answers(version: Version, indexes: Indexes, text: str) -> dict[str, float]:
    """Id → score."""
    parts = [indexes.of(part.table.texts["mots"]) for part in version.segments]
    question = Reader(indexes.lexique, parts).ask(text)
    found, shift = {}, 0
    for part in parts:
        rows, scores = part.search(question)
        for row, score in zip((rows + shift).tolist(), scores.tolist(), strict=True):
            if row >= len(version.base) or not version.dead[row]:
                found[version.id_at(row).decode()] = score
        shift += part.size
    return found


@tried_on(60)
@given(
    st.dictionaries(st.sampled_from("abcdefgh"), NAME, max_size=8),
    st.lists(CHANGES, max_size=3),
    NAME,
)
def test_a_merge_answers_like_what_it_is_made_of(start, batches, text) -> None:
    indexes = Indexes(Lexique())
    version, names = Version.of(segment(indexes.lexique, start)), dict(start)
    for batch in batches:
        renewed = {key: name for key, name in batch.items() if name is not None}
        names = {key: name for key, name in names.items() if key not in batch} | renewed
        version = version.apply(sorted(batch), segment(indexes.lexique, renewed))
        if names:
            # A question knows of dead rows until they are merged away: what it finds is the same
            # unless it corrects words, which depends on how many have them.
            exact = {key for key, name in names.items() if set(text.split()) <= set(name.split())}
            assert exact <= answers(version, indexes, text).keys() <= names.keys()
    merged = answers(version.merged(), indexes, text)
    whole = Indexes(Lexique())
    assert merged == answers(Version.of(segment(whole.lexique, names)), whole, text)
