"""The collector of cycles, put aside."""

import gc

from shared.collector import settled, uncollected


def test_it_is_away_while_rows_are_read() -> None:
    with uncollected():
        assert not gc.isenabled()
        with uncollected():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_never_looks_again_at_what_is_settled() -> None:
    mine: list[list[int]] = [[]]
    assert any(one is mine for one in gc.get_objects())
    settled()
    try:
        assert not any(one is mine for one in gc.get_objects())
    finally:
        gc.unfreeze()
