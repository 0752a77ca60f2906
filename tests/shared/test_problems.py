"""Errors: their catalogue, their French, their rendering inside and outside FastAPI."""

import json
import logging
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal, get_args
from urllib.parse import unquote
from uuid import UUID

import pytest
from fastapi import FastAPI, Header, HTTPException, Query, Request
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, create_model
from pydantic_core.core_schema import ErrorType

from shared import problems, validation
from shared.observability import JsonFormatter, Observability, Observer
from shared.problems import Conflict, InvalidParameter, NotFound, Problem, Unauthorized, render
from shared.schemas.commun import CodeInsee
from shared.schemas.geo import Bbox, Position
from shared.schemas.problemes import CATALOGUE, MEDIA_TYPE, Probleme
from shared.validation import errors_fr


class Prise(StrEnum):
    EF = "ef"
    TYPE_2 = "2"


class Filters(BaseModel):
    model_config = ConfigDict(extra="forbid")

    bbox: Bbox | None = None
    limite: Annotated[int, Field(ge=1, le=500)] = 50
    prise: Prise | None = None


class Conditions(BaseModel):
    if_none_match: str | None = None


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    nom: str
    positions: list[Position] = []


@pytest.fixture
def client() -> TestClient:
    app = FastAPI(responses=problems.RESPONSES, redirect_slashes=False)
    problems.install(app)
    app.add_middleware(Observability, observer=Observer("essai", write=lambda _: None))

    @app.get("/stations/{rang}")
    async def station(
        rang: int,
        filtres: Annotated[Filters, Query()],
        conditions: Annotated[Conditions, Header()],
        x_essai: Annotated[int, Header()] = 0,
    ) -> str:
        return f"{rang}{filtres.limite}{x_essai}"

    @app.post("/stations")
    async def create(body: Body) -> Body:
        return body

    @app.get("/conflit")
    async def conflict() -> None:
        raise Conflict("Déjà là.", voir="/stations/1")

    @app.get("/theiere")
    async def teapot() -> None:
        raise HTTPException(418, "I'm a teapot", headers={"X-The": "oui"})

    @app.get("/inchange")
    async def unchanged() -> None:
        raise HTTPException(304, headers={"ETag": '"a"'})

    @app.get("/panne")
    async def crash(request: Request) -> None:
        raise RuntimeError("password=hunter2")

    return TestClient(app, raise_server_exceptions=False)


def every_problem(of: type[Problem] = Problem) -> list[type[Problem]]:
    return [of, *(found for sub in of.__subclasses__() for found in every_problem(sub))]


@pytest.mark.parametrize("problem", every_problem(), ids=lambda cls: cls.__name__)
def test_each_problem_is_in_the_catalogue(problem: type[Problem]):
    entry = CATALOGUE[problem.code]
    assert (problem.status, problem.title) == (entry.statut, entry.titre)
    assert entry.description.endswith(".")


def test_a_code_outside_the_catalogue_is_refused_when_the_class_is_made():
    with pytest.raises(KeyError):
        type("Unlisted", (Problem,), {"code": "inconnu"})


def test_render_outside_fastapi():
    status, headers, body = render(Unauthorized("Clé inconnue."), {"path": "/v1/été 1"})
    assert status == 401
    assert dict(headers) == {
        b"content-type": MEDIA_TYPE.encode(),
        b"content-length": str(len(body)).encode(),
        b"cache-control": b"no-store",
        b"www-authenticate": b"Bearer",
    }
    assert json.loads(body) == {
        "type": "/problemes/authentification-requise",
        "title": "Authentification requise",
        "status": 401,
        "detail": "Clé inconnue.",
        "instance": "/v1/%C3%A9t%C3%A9%201",
        "code": "authentification-requise",
    }


@given(st.text(), st.text())
def test_any_text_renders_as_utf8_json(detail: str, path: str):
    status, headers, body = render(NotFound(detail, vu=detail), {"path": "/" + path})
    Probleme.model_validate_json(body)
    assert status == 404
    assert dict(headers)[b"content-length"] == str(len(body)).encode()


def test_own_headers_replace_the_default_ones():
    _, headers, _ = render(Problem(headers={"Retry-After": "30"}), {"path": "/"})
    assert dict(headers)[b"retry-after"] == b"30"


def test_the_instance_is_the_path_as_it_was_asked():
    scope = {"path": "/v1/choses/", "raw_path": b"/v1/choses%20%C3%A9"}
    assert json.loads(render(NotFound("Rien."), scope)[2])["instance"] == "/v1/choses%20%C3%A9"


def test_a_problem_raised_by_an_endpoint_keeps_its_members(client: TestClient):
    answer = client.get("/conflit")
    assert (answer.status_code, answer.headers["content-type"]) == (409, MEDIA_TYPE)
    assert answer.json()["voir"] == "/stations/1"
    assert answer.json()["instance"] == "/conflit"


def test_invalid_parameter_names_it():
    problem = InvalidParameter("curseur", "Illisible.")
    assert problem.detail == "curseur : Illisible."
    assert problem.members == {
        "parametre": "curseur",
        "erreurs": [{"parametre": "curseur", "detail": "Illisible."}],
    }


def test_every_fault_of_the_address_is_told_at_once(client: TestClient):
    answer = client.get("/stations/a?bbox=1,2,nan,4&limite=0&prise=z", headers={"X-Essai": "k"})
    assert answer.status_code == 400
    assert answer.json()["code"] == "parametre-invalide"
    assert answer.json()["nombre_erreurs"] == 5
    told = {erreur["parametre"]: erreur["detail"] for erreur in answer.json()["erreurs"]}
    assert told.pop("bbox").startswith("Quatre nombres sont attendus, séparés par des virgules")
    assert told == {
        "rang": "Un nombre entier est attendu.",
        "limite": "La valeur doit être au moins 1.",
        "prise": "Une de ces valeurs est attendue : ef, 2.",
        "x-essai": "Un nombre entier est attendu.",
    }


def test_an_unknown_parameter_is_refused_with_the_known_ones(client: TestClient):
    answer = client.get("/stations/1?limit=3")
    assert answer.status_code == 400
    assert answer.json()["erreurs"] == [
        {
            "parametre": "limit",
            "detail": ("Paramètre inconnu : limit. Paramètres acceptés : bbox, limite, prise."),
        }
    ]


def test_a_body_is_refused_with_pointers(client: TestClient):
    body = {"positions": [{"lon": 2, "lat": 48}, {"lon": 500, "lat": 48}], "a/b~é": 1}
    answer = client.post("/stations", json=body)
    assert answer.status_code == 422
    assert answer.json()["code"] == "corps-invalide"
    assert answer.json()["erreurs"] == [
        {"pointer": "#/nom", "detail": "Valeur obligatoire."},
        {"pointer": "#/positions/1/lon", "detail": "La valeur doit être au plus 180."},
        {"pointer": "#/a~1b~0%C3%A9", "detail": "Champ inconnu : a/b~é."},
    ]


def test_a_pointer_names_no_form_that_was_tried():
    app = FastAPI()
    problems.install(app)

    class Rayon(BaseModel):
        type: Literal["rayon"]
        metres: int

    class Codes(BaseModel):
        type: Literal["codes"]
        codes: list[int]

    class Zone(BaseModel):
        zone: Annotated[Rayon | Codes, Field(discriminator="type")]

    @app.post("/")
    async def take(body: Zone) -> None: ...

    client = TestClient(app)
    for zone, expected in (
        ({"type": "codes", "codes": [1, "x"]}, "#/zone/codes/1"),
        ({"type": "rayon"}, "#/zone/metres"),
        ({"type": "rond"}, "#/zone"),
        ([], "#/zone"),
    ):
        answer = client.post("/", json={"zone": zone})
        assert [one["pointer"] for one in answer.json()["erreurs"]] == [expected]


def test_a_body_of_a_thousand_faults_is_answered_shortly(client: TestClient):
    answer = client.post("/stations", json={"nom": "x", "positions": [{}] * 1000})
    assert answer.json()["nombre_erreurs"] == 2000
    assert len(answer.json()["erreurs"]) == problems.ERRORS_SHOWN


@given(st.lists(st.text() | st.integers(0, 99)))
def test_a_pointer_leads_back_to_its_place(path: list[str | int]):
    fragment = problems.pointer(tuple(path))
    assert fragment.isascii()
    parts = [unquote(part).replace("~1", "/").replace("~0", "~") for part in fragment.split("/")]
    lossless = [str(part).encode(errors="replace").decode() for part in path]
    assert parts == ["#", *lossless]


@pytest.mark.parametrize(
    "content", ["{", "", '{"nom": "a', "[" * 5000, "[" * 100_000, b'{"nom": "\xff"}']
)
def test_a_body_that_is_not_json(client: TestClient, content: str | bytes):
    answer = client.post("/stations", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == (400 if content else 422)
    assert answer.json()["code"] == ("corps-illisible" if content else "corps-invalide")
    assert answer.headers["content-type"] == MEDIA_TYPE


def test_a_lone_surrogate_in_a_body_is_a_refusal_not_a_crash(client: TestClient):
    answer = client.post(
        "/stations",
        content=rb'{"nom": "\ud800", "\ud801": 1}',
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 422


def test_405_keeps_allow(client: TestClient):
    answer = client.delete("/conflit")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
    assert answer.json()["title"] == "Méthode refusée"


def test_an_address_that_ends_with_a_slash_is_told_without_it(client: TestClient):
    told = client.get("/conflit/", follow_redirects=False).json()
    assert (told["status"], told["code"]) == (404, "introuvable")
    assert told["detail"].endswith("sans elle : /conflit")
    assert client.get("http://testserver//").json()["detail"].endswith("sans elle : /")


def test_404_is_in_french(client: TestClient):
    assert client.get("/rien").json()["title"] == "Ressource introuvable"


def test_a_status_without_code_keeps_its_status_and_headers(client: TestClient):
    answer = client.get("/theiere")
    assert (answer.status_code, answer.headers["x-the"]) == (418, "oui")
    assert (answer.json()["status"], answer.json()["code"]) == (418, "requete-refusee")


def test_an_answer_that_is_no_error_stays_one(client: TestClient):
    answer = client.get("/inchange")
    assert (answer.status_code, answer.headers["etag"], answer.content) == (304, '"a"', b"")


def test_a_crash_tells_the_log_everything_and_the_caller_nothing(
    client: TestClient, caplog: pytest.LogCaptureFixture
):
    trace = f"00-{'a' * 32}-{'b' * 16}-01"
    with caplog.at_level(logging.ERROR, "relance.problemes"):
        answer = client.get("/panne", headers={"X-Request-ID": "r-1", "traceparent": trace})
    assert answer.status_code == 500
    assert "hunter2" not in answer.text
    record = next(record for record in caplog.records if record.name == "relance.problemes")
    line = json.loads(JsonFormatter().format(record))
    assert (line["request_id"], line["traceparent"]) == ("r-1", trace)
    assert record.exc_info is not None
    assert "hunter2" in str(record.exc_info[1])


def test_the_openapi_document_describes_problems_once(client: TestClient):
    document = client.get("/openapi.json").json()
    assert "HTTPValidationError" not in document["components"]["schemas"]
    assert document["components"]["schemas"]["Probleme"]["required"] == [
        "type", "title", "status", "detail", "instance", "code",
    ]  # fmt: skip
    responses = document["paths"]["/stations"]["post"]["responses"]
    assert list(responses) == ["200", "4XX", "5XX"]
    assert responses["4XX"]["content"] == {
        MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Probleme"}}
    }


@pytest.mark.parametrize(
    ("annotation", "value", "expected"),
    [
        (int, "x", "Un nombre entier est attendu."),
        (int, 1.5, "Un nombre entier est attendu."),
        (float, "x", "Un nombre est attendu."),
        (bool, "peut-être", "Un booléen est attendu : true ou false."),
        (str, 3, "Un texte est attendu."),
        (list[int], 3, "Une liste est attendue."),
        (dict[str, int], 3, "Un objet JSON est attendu."),
        (date, "hier", "Une date AAAA-MM-JJ est attendue."),
        (
            datetime,
            "hier",
            "Un instant RFC 3339 est attendu, par exemple 2026-01-31T08:00:00Z.",
        ),
        (
            AwareDatetime,
            "2026-01-31T08:00:00",
            "Le fuseau manque : l'instant doit finir par Z ou par un décalage (+01:00).",
        ),
        (UUID, "x", "Un UUID est attendu."),
        (Decimal, "x", "Un nombre décimal est attendu."),
        (Literal["a", "b", "c"], "x", "Une de ces valeurs est attendue : a, b, c."),
        (Literal[Prise.EF, Prise.TYPE_2], "x", "Une de ces valeurs est attendue : ef, 2."),
        (Annotated[int, Field(gt=3)], 3, "La valeur doit être supérieure à 3."),
        (Annotated[int, Field(lt=3)], 3, "La valeur doit être inférieure à 3."),
        (Annotated[float, Field(ge=1, le=3)], "nan", "Un nombre fini est attendu."),
        (CodeInsee, "99999", "Un code INSEE de commune est attendu, comme 92012 ou 75116."),
        (Annotated[int, Field(le=3)], 4, "La valeur doit être au plus 3."),
        (Annotated[int, Field(multiple_of=5)], 4, "La valeur doit être un multiple de 5."),
        (Annotated[str, Field(max_length=1)], "ab", "Le texte doit avoir au plus 1 caractère."),
        (Annotated[str, Field(min_length=2)], "", "Le texte doit avoir au moins 2 caractères."),
        (Annotated[str, Field(pattern="^a$")], "b", "Le texte n'a pas la forme attendue."),
        (
            Annotated[str, Field(pattern=r"^[^\x00-\x1f]*$")],
            "\a",
            "Un caractère du texte n'est pas accepté (un caractère de contrôle, par exemple).",
        ),
        (Annotated[list[int], Field(max_length=2)], [1] * 3, "Au plus 2 éléments acceptés."),
        (Annotated[list[int], Field(min_length=1)], [], "Au moins 1 élément attendu."),
        (Annotated[Decimal, Field(max_digits=3)], "1.234", "Au plus 3 chiffres acceptés."),
    ],
)
def test_pydantic_speaks_french(annotation: Any, value: object, expected: str):
    model = create_model("Model", valeur=annotation)
    with pytest.raises(ValidationError) as caught:
        model(valeur=value)
    (found,) = errors_fr(caught.value.errors())
    assert found == (("valeur",), expected)


def test_every_translated_type_is_one_of_pydantic():
    assert set(validation._MESSAGES) <= set(get_args(ErrorType))


def test_an_unknown_type_has_a_sentence():
    found = errors_fr([{"type": "of_tomorrow", "loc": ("x",), "msg": "Bad"}])
    assert found == [(("x",), "Valeur refusée.")]
