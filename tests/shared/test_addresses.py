"""Where a client sees the service: through a gateway, in its process, or directly."""

import pytest

from shared.http.addresses import service_url
from shared.problems import InvalidParameter


def seen(*, root_path="", scheme="http", **headers) -> str:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return service_url({"root_path": root_path, "scheme": scheme, "headers": raw})


BEHIND = {
    "x_forwarded_host": "relance.example:8443",
    "x_forwarded_proto": "https",
    "x_forwarded_prefix": "/v1/bornes",
}


def test_directly() -> None:
    assert seen(host="127.0.0.1:8101") == "http://127.0.0.1:8101"
    assert seen(host="[::1]:8101", scheme="https") == "https://[::1]:8101"


def test_behind_the_gateway() -> None:
    assert seen(host="bornes:8101", **BEHIND) == "https://relance.example:8443/v1/bornes"


def test_in_the_gateway_s_process_the_headers_of_a_client_say_nothing() -> None:
    asked = seen(host="relance.example", root_path="/v1/bornes", **BEHIND)
    assert asked == "http://relance.example/v1/bornes"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"host": ""},
        {"host": "a b"},
        {"host": 'x"><script>'},
        {"host": "relance.example/chemin"},
        {"host": "ok", "x_forwarded_host": "@"},
        {"host": "ok", "x_forwarded_host": "ok", "x_forwarded_proto": "javascript"},
        {"host": "ok", "x_forwarded_host": "ok", "x_forwarded_prefix": "//ailleurs.example"},
    ],
)
def test_what_is_no_address_is_refused(headers) -> None:
    with pytest.raises(InvalidParameter):
        seen(**headers)
