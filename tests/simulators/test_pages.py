"""The pages at /_sim: for people in either language without JavaScript, for programs as JSON."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client

from backends.simulators import switches
from backends.simulators.app import make_simulators_app
from backends.simulators.config import Login
from services.messages.ports import OutgoingMessage
from tests.simulators.paying import choose
from tests.simulators.world import SITE, World, request_for

PHONE = "+8613800000001"


def _get(world: World, path: str, **options: Any) -> requests.Response:
    return requests.get(f"{world.base}{path}", timeout=5, **options)


def _json(world: World, path: str) -> Any:
    answer = _get(world, path, headers={"Accept": "application/json"})
    assert answer.headers["Content-Type"] == "application/json"
    return answer.json()


def _fill(world: World) -> str:
    """Leave something on every page; returns the address of an open pay page."""
    choose(world.cards.create_checkout(request_for("P-1")), "later", method="alipay")
    made = world.cards.create_checkout(request_for("P-2"))
    choose(made, "authenticate")
    world.messages.send(OutgoingMessage("M-1", PHONE, "<script>alert(1)</script>"))
    world.pass_(2)
    assert made.url is not None
    return made.url.removeprefix(world.base)


def test_every_page_is_plain_and_takes_nothing_from_elsewhere(world: World) -> None:
    pay = _fill(world)
    for path in ("/", "/messages", "/cards", pay, f"{pay}/proof"):
        answer = _get(world, path)
        assert answer.status_code == 200
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=", answer.text)
        assert set(re.findall(r'(?:src|href)="([^"#]+)"', answer.text)) <= {
            *(f"/_sim{place}" for place in ("/", "/messages", "/cards", "/static/simulators.css", pay)),
            *(a for a in re.findall(r'href="(/_sim/cards/pay/[^"]+)"', answer.text)),
            "data:,", f"{SITE}/bills",
        }  # fmt: skip
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'self';")
        assert f"form-action 'self' {SITE};" in policy
        assert "unsafe" not in policy
    assert _get(world, "/static/simulators.css").status_code == 200


def test_what_a_message_says_is_shown_as_text(world: World) -> None:
    _fill(world)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in _get(world, "/messages").text


@pytest.mark.parametrize(("language", "shown"), [("zh-CN", "zh-CN"), ("en", "en")])
def test_the_pay_page_speaks_the_checkouts_language_whatever_the_browser_wants(
    world: World, language: str, shown: str
) -> None:
    made = world.cards.create_checkout(request_for("P-1", language=language))
    other = "en" if language == "zh-CN" else "zh-CN"
    page = requests.get(str(made.url), headers={"Accept-Language": other}, timeout=5).text
    assert f'<html lang="{shown}">' in page
    assert "86.42" in page
    assert "Electricity, June 2026" in page


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_other_pages_speak_the_browsers_language(world: World, language: str) -> None:
    assert f'<html lang="{language}">' in _get(world, "/", headers={"Accept-Language": language}).text


def test_messages_are_there_as_json_newest_first(world: World) -> None:
    for number, to in (("M-1", PHONE), ("M-2", "+8613800000002"), ("M-3", PHONE)):
        world.messages.send(OutgoingMessage(number, to, f"Text {number}"))
        world.clock.move(1)
    world.pass_(2)
    found = _json(world, f"/messages?to=%2B{PHONE[1:]}")
    assert [message["message_number"] for message in found] == ["M-3", "M-1"]
    assert found[0] | {"sid": "", "created_at": ""} == {
        "sid": "", "to": PHONE, "from": "+15005550006", "body": "Text M-3", "status": "delivered", "created_at": "",
        "message_number": "M-3", "direction": "outbound-api", "error_code": None,
    }  # fmt: skip
    assert found[0]["created_at"].endswith("+00:00")
    assert len(_json(world, "/messages")) == 3


@pytest.mark.parametrize("to", [PHONE, PHONE[1:], f" {PHONE[1:]}"])
def test_a_number_is_found_with_its_plus_however_that_arrived(world: World, to: str) -> None:
    world.messages.send(OutgoingMessage("M-1", PHONE, "Paid."))
    found = requests.get(
        f"{world.base}/messages", params={"to": to}, headers={"Accept": "application/json"}, timeout=5
    ).json()
    assert len(found) == 1


def test_a_person_may_write_to_us_from_the_page(world: World) -> None:
    form = {"from": PHONE, "body": "余额 ? & 电费"}
    answer = requests.post(f"{world.base}/messages/inbound", data=form, allow_redirects=False, timeout=5)
    assert answer.status_code == 303
    world.pass_(1)
    (posted,) = world.hook.to("/hooks/twilio/inbound")
    heard = world.messages.verify_inbound(posted.url, posted.form, posted.headers["X-Twilio-Signature"])
    assert (heard.sender, heard.body) == (PHONE, "余额 ? & 电费")
    assert _json(world, f"/messages?to={PHONE}")[0]["direction"] == "inbound"


@pytest.mark.parametrize("form", [{}, {"from": "me", "body": "x"}, {"from": PHONE}, {"from": PHONE, "body": ""}])
def test_what_nobody_could_write_is_not_taken(world: World, form: dict[str, str]) -> None:
    assert requests.post(f"{world.base}/messages/inbound", data=form, timeout=5).status_code == 400
    assert _json(world, "/messages") == []


def test_cards_are_there_as_json_with_what_became_of_their_events(world: World) -> None:
    choose(world.cards.create_checkout(request_for("P-1")), "succeed")
    world.pass_(1)
    found = _json(world, "/cards")
    (checkout,) = found["checkouts"]
    assert (checkout["client_reference_id"], checkout["payment_status"]) == ("P-1", "paid")
    told = {event["type"]: event["deliveries"] for event in found["events"]}
    assert told["payment_intent.created"] == []
    (delivery,) = told["checkout.session.completed"]
    assert (delivery["state"], delivery["answer"], delivery["attempts"]) == ("done", "200", 1)


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("/cards/cs_nobody/settle", {"outcome": "arrives"}, 404), ("/cards/cs_nobody/settle", {"outcome": "x"}, 400),
        ("/cards/events/evt_nobody/resend", {}, 404), ("/cards/pay/cs_nobody", {"outcome": "succeed"}, 404),
        ("/switches", {"name": "cards.nonsense", "value": "1"}, 400),
        *(("/switches", {"name": "cards.delay", "value": value}, 400) for value in ("x", "-1", "nan", "inf", "1e9")),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said(world: World, path: str, form: dict[str, str], status: int) -> None:
    assert requests.post(f"{world.base}{path}", data=form, timeout=5).status_code == status


@pytest.mark.parametrize("outcome", ["", "free"])
def test_a_payer_has_only_the_pages_choices(world: World, outcome: str) -> None:
    made = world.cards.create_checkout(request_for("P-1"))
    assert requests.post(str(made.url), data={"outcome": outcome}, timeout=5).status_code == 400
    assert world.cards.find_checkout(made.checkout_id).status == "open"


def test_a_switch_is_turned_on_the_page(world: World) -> None:
    requests.post(f"{world.base}/switches", data={"name": "cards.delay", "value": "2.5"}, timeout=5)
    with world.simulators.store.read() as db:
        assert switches.value(db, "cards.delay") == 2.5
    assert 'value="2.5"' in _get(world, "/").text


def test_the_first_page_shows_log_ins_with_the_code_of_the_moment(tmp_path: Path, world: World) -> None:
    codes = iter(("123456", "654321"))
    config = replace(
        world.config,
        file=tmp_path / "other.sqlite",
        logins=lambda: [Login("Console", f"{SITE}/console/", "li.na", "lantern-light", next(codes), "Chief <agent>")],
    )
    client = Client(DispatcherMiddleware(make_simulators_app(config), {}))
    first, second = client.get("/").text, client.get("/").text
    assert "123456" in first
    assert "654321" in second
    for said in ("li.na", "lantern-light", f'href="{SITE}/console/"', "Chief &lt;agent&gt;"):
        assert said in first


def test_without_log_ins_the_first_page_says_when_they_come(world: World) -> None:
    assert "demo county" in _get(world, "/", headers={"Accept-Language": "en"}).text
