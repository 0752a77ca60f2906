"""The collector of cycles, put aside."""

import gc

import pytest

from shared.memory.collector import loading, serving, settled, uncollected


def test_it_is_away_while_rows_are_read() -> None:
    with uncollected():
        assert not gc.isenabled()
        with uncollected():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_never_looks_at_what_a_process_loads() -> None:
    with loading():
        mine: list[list[int]] = [[]]
        assert not gc.isenabled()
    assert gc.isenabled()
    assert not any(one is mine for one in gc.get_objects())
    gc.unfreeze()
    assert any(one is mine for one in gc.get_objects())


def test_it_is_back_when_what_a_process_loads_is_not_there() -> None:
    with pytest.raises(ImportError), loading():
        raise ImportError
    assert gc.isenabled()


def test_it_never_looks_again_at_what_is_settled_while_a_process_serves() -> None:
    mine: list[list[int]] = [[]]
    settled()
    assert any(one is mine for one in gc.get_objects())
    with serving():
        settled()
        assert not any(one is mine for one in gc.get_objects())
    assert any(one is mine for one in gc.get_objects())
