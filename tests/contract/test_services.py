"""Each service's OpenAPI, attacked by schemathesis: what is answered is what is documented."""

from collections.abc import Callable

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from gateway.embedded import SERVICES, scopes
from shared.auth import Acteur, sign
from shared.service import ServiceApp
from shared.settings import Settings

# 14,000 requests: counting the lines they cross would double their time, and others cross them.
pytestmark = pytest.mark.no_cover
SECRET = "contract-contract-contract-contract"
# A schema cannot say that a cursor is one we gave, nor that a minimum is below a maximum.
BEYOND_SCHEMAS = [positive_data_acceptance]
# These bodies are a listing, as `POST /gestion/fiches`: 1,800 cases each would be sent four times.
SEEN_ELSEWHERE = (
    "PUT /gestion/fiches/{id}",
    "POST /fiches/{id}/propositions",
    "POST /inscriptions",
)
CONFIG = schemathesis.Config.from_dict(
    {
        # A busy machine is no fault of the service: ten seconds, its own limit, were passed once.
        "request-timeout": 120,
        # Without If-Match: 428, 404 for what is not there to have a version, or 409 when the key
        # drawn for Idempotency-Key has served another request.
        "checks": {
            "missing_required_header": {"expected-statuses": [401, 403, 404, 409, 422, 428]}
        },
        "operations": [
            {"include-name": name, "phases": {"coverage": {"enabled": False}}}
            for name in SEEN_ELSEWHERE
        ]
        # A status of another form is refused alone, in an answer that is a success.
        + [
            {
                "include-name": "POST /statuts",
                "checks": {"negative_data_rejection": {"enabled": False}},
            }
        ],
    }
)
BOUNDED = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@schemathesis.serializer("application/gzip", "application/x-ndjson")
def _raw(_context: object, value: object) -> bytes:
    """Whatever was drawn, as it is: the service must refuse what is no such file."""
    return value if isinstance(value, bytes) else str(value).encode()


class Late:
    """A service whose contract is read at collection, and whose database comes with the tests."""

    def __init__(self, name: str) -> None:
        self.service = SERVICES[name]
        self.opened = ""
        self.open("postgresql://localhost/nowhere")

    def open(self, url: str) -> None:
        if url != self.opened:
            self.opened = url
            config = Settings(database_url=url, secret_interne=SECRET)
            self.app = ServiceApp(self.service, config)

    def load(self) -> None:
        """The vitrine without its thread."""
        if self.app.vitrine.vue is None:
            self.app.vitrine.refresh()
            if self.app.direct is not None:
                self.app.direct.refresh()

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] == "http":
            await self.app(scope, receive, send)
            return
        # Each call opens and closes the application: only the server's own lifespan may not.
        for event in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{event}.complete"})


def contract_of(name: str) -> tuple[Callable[..., None], Callable[..., None]]:
    late = Late(name)
    # A live stream has no end, and its caller here would wait for it.
    schema = schemathesis.openapi.from_asgi("/openapi.json", late, config=CONFIG)
    schema = schema.exclude(path="/flux")

    @pytest.fixture(autouse=True)
    def loaded(contract_url: str) -> None:
        late.open(contract_url)
        late.load()

    @schema.parametrize()
    @BOUNDED
    def test(case) -> None:
        acteur = Acteur("Essais", "operateur", scopes=scopes(), prefixes=frozenset({"FR"}))
        token = sign(acteur, service=name, secret=SECRET)
        case.call_and_validate(
            headers={"Authorization": f"Bearer {token}"}, excluded_checks=BEYOND_SCHEMAS
        )

    return loaded, test


for name in SERVICES:
    globals()[f"loaded_{name}"], globals()[f"test_{name}"] = contract_of(name)
