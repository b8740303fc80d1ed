"""Idempotency keys as docs.stripe.com/api/idempotent_requests writes them, by plain HTTP."""

from threading import Thread
from time import sleep

import pytest
import requests

from tests.simulators.world import KEY, World

FORM = {
    "mode": "payment", "success_url": "https://light.example/ok", "line_items[0][quantity]": "1",
    "line_items[0][price_data][currency]": "cny", "line_items[0][price_data][unit_amount]": "8642",
    "line_items[0][price_data][product_data][name]": "Electricity",
}  # fmt: skip


def _post(world: World, key: str | None = "k-1", path: str = "", **given: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {KEY}"} | ({"Idempotency-Key": key} if key else {})
    url = f"{world.base}/stripe/v1/checkout/sessions{path}"
    return requests.post(url, data=(FORM if not path else {}) | given, headers=headers, timeout=10)


def _count(world: World) -> int:
    listed = requests.get(f"{world.base}/stripe/v1/checkout/sessions", auth=(KEY, ""), timeout=5)
    return len(listed.json()["data"])


def test_the_kept_answer_is_given_again_to_the_byte_and_says_so(world: World) -> None:
    first, again = _post(world), _post(world)
    assert first.status_code == again.status_code == 200
    assert first.content == again.content
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Original-Request"] == first.headers["Request-Id"] != again.headers["Request-Id"]
    assert _count(world) == 1


def test_every_answer_names_its_request_and_key(world: World) -> None:
    answer = _post(world)
    assert answer.headers["Request-Id"].startswith("req_")
    assert answer.headers["Idempotency-Key"] == "k-1"


def test_without_a_key_every_request_is_a_new_one(world: World) -> None:
    assert _post(world, None).json()["id"] != _post(world, None).json()["id"]
    assert _count(world) == 2


def test_the_same_key_with_other_parameters_is_an_error(world: World) -> None:
    _post(world)
    answer = _post(world, locale="en")
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "idempotency_error"
    assert _count(world) == 1


def test_the_same_key_at_another_address_is_an_error(world: World) -> None:
    made = _post(world).json()["id"]
    answer = _post(world, path=f"/{made}/expire")
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "idempotency_error")
    assert _post(world, "k-2", path=f"/{made}/expire").json()["status"] == "expired"


def test_the_kept_answer_stays_as_it_was_when_the_thing_moved_on(world: World) -> None:
    first = _post(world)
    _post(world, "k-2", path=f"/{first.json()['id']}/expire")
    assert _post(world).json()["status"] == "open"


def test_two_at_once_give_one_answer_and_one_conflict(world: World) -> None:
    world.turn("cards.slow", 1.0)
    answers: list[requests.Response] = []
    slow = Thread(target=lambda: answers.append(_post(world)))
    slow.start()
    sleep(0.4)
    meanwhile = _post(world)
    slow.join()
    assert meanwhile.status_code == 409
    assert meanwhile.json()["error"]["code"] == "idempotency_key_in_use"
    assert answers[0].status_code == 200
    world.turn("cards.slow", 0)
    assert _post(world).content == answers[0].content
    assert _count(world) == 1


def test_what_was_refused_before_it_began_is_not_kept(world: World) -> None:
    assert _post(world, mode="nonsense").status_code == 400
    assert _post(world).status_code == 200


def test_an_error_after_the_work_began_is_kept(world: World) -> None:
    made = _post(world).json()["id"]
    _post(world, "k-2", path=f"/{made}/expire")
    first, again = _post(world, "k-3", path=f"/{made}/expire"), _post(world, "k-3", path=f"/{made}/expire")
    assert first.status_code == again.status_code == 400
    assert again.headers["Idempotent-Replayed"] == "true"


def test_a_key_is_forgotten_after_a_day(world: World) -> None:
    first = _post(world).json()["id"]
    world.clock.move(24 * 3600 - 60)
    assert _post(world).json()["id"] == first
    world.clock.move(120)
    assert _post(world).json()["id"] != first


@pytest.mark.parametrize(("length", "status"), [(255, 200), (256, 400)])
def test_a_key_has_at_most_255_characters(world: World, length: int, status: int) -> None:
    assert _post(world, "k" * length).status_code == status


@pytest.mark.parametrize(
    ("change", "code", "param"),
    [
        ({"mode": ""}, None, "mode"),
        ({"colour": "red"}, "parameter_unknown", "colour"),
        ({"line_items[0][price_data][unit_amount]": "8.6"}, "parameter_invalid_integer",
         "line_items[0][price_data][unit_amount]"),
        ({"success_url": "nowhere"}, "url_invalid", "success_url"),
        ({"payment_method_types[0]": "wechat_pay"}, "parameter_missing", "payment_method_options[wechat_pay][client]"),
    ],
)  # fmt: skip
def test_an_error_says_type_code_and_parameter(
    world: World, change: dict[str, str], code: str | None, param: str
) -> None:
    answer = _post(world, **change)
    error = answer.json()["error"]
    assert (answer.status_code, error["type"], error.get("code")) == (400, "invalid_request_error", code)
    assert error["param"] == param
    assert error["message"]


@pytest.mark.parametrize("auth", [None, ("", ""), ("sk_test_other", "")])
def test_nobody_enters_without_the_key(world: World, auth: tuple[str, str] | None) -> None:
    answer = requests.get(f"{world.base}/stripe/v1/events", auth=auth, timeout=5)
    assert answer.status_code == 401
    assert answer.json()["error"]["type"] == "invalid_request_error"
