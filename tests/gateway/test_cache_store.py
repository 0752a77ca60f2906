"""What is kept, and for how long there is room."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.cache_rules import Terms
from gateway.cache_store import VARIANTS_MAX, Key, Store, stored


def key(number=0, host=b"a", query=b""):
    return Key(b"/x/%d" % number, query, host, "http", b"", False)


def answer(size=0, *, varied=(), etag=b'"a"'):
    return stored(
        200,
        [(b"etag", etag)],
        b"x" * size,
        terms=Terms(1, 0, 0),
        varied=varied,
        born=0.0,
        asked=0.0,
    )


def test_an_answer_replaces_the_one_before():
    store = Store(max_items=10, max_bytes=100_000)
    store.put(key(), "/x", answer(5))
    newer = answer(7)
    store.put(key(), "/x", newer)
    assert store.find(key(), []) is newer
    assert (store.items, store.bytes) == (1, newer.size + len(b"/x/0") + 1)


def test_variants_are_found_by_what_they_vary_with():
    store = Store(max_items=100, max_bytes=1_000_000)
    for number in range(VARIANTS_MAX + 1):
        value = b"%d" % number
        store.put(key(), "/x", answer(varied=((b"accept", value),), etag=value))
    assert store.items == VARIANTS_MAX
    assert store.find(key(), [(b"accept", b"0")]) is None
    found = store.find(key(), [(b"accept", b"1")])
    assert found is not None
    assert found.etag == b"1"
    assert key() in store


def test_what_is_used_stays():
    store = Store(max_items=2, max_bytes=1_000_000)
    store.put(key(1), "/1", answer())
    store.put(key(2), "/2", answer())
    assert store.find(key(1), [])
    store.put(key(3), "/3", answer())
    assert [number for number in (1, 2, 3) if key(number) in store] == [1, 3]


def test_what_is_larger_than_the_room_is_not_kept():
    store = Store(max_items=10, max_bytes=5_000)
    store.put(key(1), "/1", answer(5_000))
    assert (store.items, store.bytes) == (0, 0)


def test_a_path_is_forgotten_with_all_its_answers():
    store = Store(max_items=10, max_bytes=100_000)
    store.put(key(1), "/x", answer())
    store.put(key(1, host=b"b"), "/x", answer(varied=((b"accept", b"a"),)))
    store.put(key(1, query=b"a=1"), "/x", answer())
    store.put(key(2), "/y", answer())
    store.forget("/x")
    store.forget("/rien")
    store.drop(key(7))
    assert (store.items, key(2) in store) == (1, True)


PUTS = st.tuples(st.just("put"), st.integers(0, 20), st.integers(0, 4_000), st.integers(0, 3))
OTHERS = st.tuples(st.sampled_from(["find", "drop", "forget"]), st.integers(0, 20))


@given(st.lists(st.one_of(PUTS, OTHERS), max_size=60))
def test_bounds_hold_and_the_count_is_right(moves):
    store = Store(max_items=8, max_bytes=20_000)
    for name, number, *rest in moves:
        path = f"/{number % 4}"
        if name == "put":
            size, variant = rest
            store.put(key(number), path, answer(size, varied=((b"accept", b"%d" % variant),)))
        elif name == "find":
            store.find(key(number), [(b"accept", b"0")])
        elif name == "drop":
            store.drop(key(number))
        else:
            store.forget(path)
        assert store.items <= 8
        assert store.bytes <= 20_000
    left = [store._known[k] for k in store._known]
    assert store.items == sum(len(variants) for _, variants in left)
    for number in range(4):
        store.forget(f"/{number}")
    assert (store.items, store.bytes, len(store._known), len(store._paths)) == (0, 0, 0, 0)
