"""What a process that serves has loaded is not looked through again, and only there."""

import gc

from shared.collector import loaded, serving


def test_what_is_loaded_stays_while_the_process_serves():
    loaded()
    assert gc.get_freeze_count() == 0
    with serving():
        loaded()
        assert gc.get_freeze_count() > 0
    assert gc.get_freeze_count() == 0
