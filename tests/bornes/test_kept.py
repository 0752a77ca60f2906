"""What is kept of a state of the database: made once, forgotten with it, bounded."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from services.bornes.kept import Kept


def test_a_value_is_made_once_of_a_state():
    made = []
    kept = Kept(2)

    def of(state, asked):
        return kept.of(state, asked, lambda: made.append((state, asked)) or len(made))

    assert [of(1, "a"), of(1, "b"), of(1, "a")] == [1, 2, 1]
    assert of(2, "a") == 3, "another state"
    assert [of(2, "b"), of(2, "c"), of(2, "b"), of(2, "a")] == [4, 5, 4, 6], "the oldest left"


def test_those_who_ask_together_make_it_once():
    made, together, kept = [], Barrier(4), Kept(1)

    def ask(_number):
        together.wait()
        return kept.of("state", None, lambda: made.append(1) or object())

    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(ask, range(4)))) == 1
    assert made == [1]
