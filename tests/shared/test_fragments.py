"""Ready pieces of JSON joined into answers."""

import json

import pytest

from shared.memory.fragments import enclose, page_head, selected, with_distances

FEATURE = b'{"type":"Feature","properties":{"a":1,"b":2}},'


@pytest.mark.parametrize("count", range(4))
def test_items_lose_the_last_comma_only(count):
    answer = json.loads(b"".join(enclose(page_head(9, count), [FEATURE] * count, b"]}")))
    assert answer["numberMatched"] == 9
    assert answer["numberReturned"] == len(answer["features"]) == count


def test_a_feature_takes_more_members():
    found = json.loads(b"".join(with_distances([memoryview(FEATURE)], [12.34]))[:-1])
    assert found["properties"] == {"a": 1, "b": 2, "distance_m": 12.3}


def test_a_feature_keeps_the_properties_asked_for():
    assert json.loads(selected(FEATURE, ["b"])[:-1])["properties"] == {"b": 2}
