"""Up, ready, and counted."""

from flask import Flask

from tests.webkit.gallery import SETTINGS, gallery_app
from webkit.app import make_app


def _app(**checks: object) -> Flask:
    return make_app("portal", import_name=__name__, settings=SETTINGS, checks=checks)  # type: ignore[arg-type]


def _fails() -> None:
    raise ConnectionError("password of the database is hunter2")


def test_it_is_up_whatever_its_parts_do() -> None:
    assert _app(database=_fails).test_client().get("/healthz").status_code == 200


def test_it_is_ready_when_every_part_answers() -> None:
    answer = _app(database=lambda: None).test_client().get("/readyz")
    assert (answer.status_code, answer.get_json()) == (200, {"ready": True, "checks": {"database": "ok"}})


def test_a_part_that_fails_is_named_and_its_secret_is_not() -> None:
    answer = _app(database=_fails, queue=lambda: None).test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["checks"] == {"database": "failed", "queue": "ok"}
    assert b"hunter2" not in answer.data


def test_requests_are_counted_by_door_and_endpoint() -> None:
    client = gallery_app().test_client()
    client.get("/gallery")
    client.get("/guess-4711")
    text = client.get("/metrics").get_data(as_text=True)
    assert 'lightline_http_requests_total{door="portal",endpoint="gallery",method="GET",status="200"}' in text
    assert "guess-4711" not in text
