"""What is made of an object is made once, while it is among the latest."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from shared.memory.made import Made


class Thing:
    """Equal to any other, yet not the same."""

    def __eq__(self, other):
        return True

    __hash__ = None


def test_each_is_made_once_by_its_identity_and_the_oldest_is_forgotten():
    asked = []
    made = Made(lambda thing: asked.append(thing) or len(asked), kept=2)
    first, second, third = Thing(), Thing(), Thing()
    assert [made.of(one) for one in (first, second, first, second)] == [1, 2, 1, 2]
    assert [made.of(one) for one in (third, second, first)] == [3, 2, 4]


def test_nothing_is_a_value_like_any_other():
    asked = []
    made = Made(asked.append)
    thing = Thing()
    assert (made.of(thing), made.of(thing)) == (None, None)
    assert len(asked) == 1


def test_those_who_ask_together_make_it_once():
    asked, together = [], Barrier(4)
    made = Made(lambda _thing: asked.append(1) or object())
    thing = Thing()

    def ask(_number):
        together.wait()
        return made.of(thing)

    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(ask, range(4)))) == 1
    assert asked == [1]


def test_what_is_in_use_is_not_forgotten():
    """The base of a version stays while its recent rows are replaced at each change."""
    asked = []
    made = Made(lambda thing: asked.append(thing) or len(asked))
    base = Thing()
    for _change in range(9):
        made.of(base)
        made.of(Thing())
    assert [one is base for one in asked] == [True, *[False] * 9]
