"""Errors answer in the form that was asked for, and say what happened, what is still true and what to do now."""

from collections.abc import Iterator

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from structlog.testing import capture_logs

from kernel.faults import Fault, NotFound
from tests.webkit.gallery import gallery_app
from webkit.limits import limiter, storage_uri
from webkit.signin import public, vendor_signed


class NoSuchBill(NotFound):
    code = "no_such_bill"
    message = "There is no bill %(number)s."


def _routes(app: Flask) -> Flask:
    @app.get("/bill/<number>")
    @public
    def bill(number: str) -> str:
        raise NoSuchBill(number=number, field="number")

    @app.get("/broken")
    @public
    def broken() -> str:
        raise ZeroDivisionError

    @app.post("/form")
    @public
    def form() -> str:
        return request.form["name"]

    @app.get("/often")
    @public
    @limiter.limit("2 per minute")
    def often() -> str:
        return "ok"

    return app


@pytest.fixture
def client() -> Iterator[FlaskClient]:
    app = _routes(gallery_app())
    yield app.test_client()
    limiter.reset()


ENGLISH = {"Accept-Language": "en"}
JSON = {**ENGLISH, "Accept": "application/problem+json"}


def test_a_fault_is_a_page_with_its_own_sentence(client: FlaskClient) -> None:
    answer = client.get("/bill/44", headers=ENGLISH)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 404
    assert "There is no bill 44." in page
    assert "Nothing is lost" in page
    assert "tel:95598" in page


def test_a_fault_is_a_problem_document_for_a_program(client: FlaskClient) -> None:
    answer = client.get("/bill/44", headers=JSON)
    problem = answer.get_json(force=True)
    assert answer.mimetype == "application/problem+json"
    assert problem["type"] == "urn:lightline:problem:no_such_bill"
    assert problem["title"] == "There is no bill 44."
    assert (problem["status"], problem["code"], problem["field"]) == (404, "no_such_bill", "number")
    assert problem["reference"] == answer.headers["X-Request-ID"]
    assert problem["detail"]


def test_a_machines_door_answers_with_a_problem_document_whatever_is_accepted() -> None:
    app = gallery_app("webhooks")

    @app.post("/hook")
    @vendor_signed
    def hook() -> str:
        raise Fault(code="bad_signature")

    answer = app.test_client().post("/hook", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert "Set-Cookie" not in answer.headers


def test_an_unexpected_error_shows_a_reference_that_is_in_the_log(client: FlaskClient) -> None:
    with capture_logs() as logs:
        answer = client.get("/broken", headers=ENGLISH)
    page = answer.get_data(as_text=True)
    entry = next(line for line in logs if line["event"] == "unexpected_error")
    assert answer.status_code == 500
    assert entry["reference"] in page
    assert isinstance(entry["exc_info"], ZeroDivisionError)
    assert "ZeroDivisionError" not in page
    assert "look at your payments before you pay again" in page


def test_a_form_without_its_token_is_refused_with_a_page_that_says_so(client: FlaskClient) -> None:
    answer = client.post("/form", data={"name": "x"}, headers=ENGLISH)
    assert answer.status_code == 400
    assert "This form was open too long" in answer.get_data(as_text=True)
    assert "nonce-" in answer.headers["Content-Security-Policy"]


def test_a_form_with_its_token_is_taken(client: FlaskClient) -> None:
    page = client.get("/gallery").get_data(as_text=True)
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    assert client.post("/form", data={"name": "Wang", "csrf_token": token}).get_data(as_text=True) == "Wang"


def test_the_third_try_in_a_minute_is_told_when_to_come_back(client: FlaskClient) -> None:
    statuses = [client.get("/often", headers=ENGLISH).status_code for _ in range(2)]
    answer = client.get("/often", headers=ENGLISH)
    assert [*statuses, answer.status_code] == [200, 200, 429]
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert f"Wait {answer.headers['Retry-After']} seconds" in answer.get_data(as_text=True)


def test_limits_still_hold_in_each_process_when_redis_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiter, "_storage_dead", False)  # put back afterwards: the limiter is one per process
    client = _routes(gallery_app(redis_url="unix:///nowhere/valkey.sock")).test_client()
    assert [client.get("/often").status_code for _ in range(3)] == [200, 200, 429]


def test_a_unix_socket_has_the_limiters_own_name() -> None:
    assert storage_uri("unix:///run/valkey.sock") == "redis+unix:///run/valkey.sock"
    assert storage_uri("redis://localhost:6379/0") == "redis://localhost:6379/0"
    assert storage_uri(None) == "memory://"


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nowhere", 404), ("GET", "/form", 405)])
def test_http_errors_have_pages(client: FlaskClient, method: str, path: str, status: int) -> None:
    answer = client.open(path, method=method, headers=ENGLISH)
    assert answer.status_code == status
    assert "<h1" in answer.get_data(as_text=True)
    assert answer.headers["Cache-Control"] == "no-store"
    assert status != 405 or "POST" in answer.headers["Allow"]


def test_a_body_over_the_limit_is_refused(client: FlaskClient) -> None:
    answer = client.post("/form", data={"name": "x" * (1024 * 1024)}, headers=ENGLISH)
    assert answer.status_code == 413
    assert "larger than we can take" in answer.get_data(as_text=True)


def test_htmx_gets_a_fragment_not_a_page(client: FlaskClient) -> None:
    body = client.get("/bill/44", headers={**ENGLISH, "HX-Request": "true"}).get_data(as_text=True)
    assert "There is no bill 44." in body
    assert "<html" not in body
