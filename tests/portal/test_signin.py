"""Households come in by phone and code or by password, and leave one device or all of them."""

import re

import pytest

from tests.portal.conftest import Portal
from tests.portal.world import World

PHONE = "138 1234 5678"
PASSWORD = "three quiet lamps"


def _bare(page: str) -> str:
    """Return a page without what differs from one showing to the next."""
    return re.sub(r'(nonce|value|content)="[^"]*"|\d{3} •+ \d{4}', "", page)


def test_a_new_phone_registers_with_its_first_code(portal: Portal) -> None:
    browser = portal.browser()
    assert browser.ask_code(PHONE).headers["Location"] == "/sign-in/code"
    assert "138 •••• 5678" in browser.get("/sign-in/code").text
    entered = browser.post("/sign-in/code", {"code": portal.newest_code()})
    assert (entered.status_code, entered.headers["Location"]) == (303, "/")
    assert "Add your account" in browser.get("/").text


def test_a_known_number_is_answered_like_an_unknown_one(portal: Portal, world: World) -> None:
    portal.signed_in(world.home.phone)
    portal.now = portal.now.replace(hour=12)
    pages = []
    for phone in (world.home.phone, PHONE):
        browser = portal.browser()
        asked = browser.ask_code(phone)
        wrong = browser.post("/sign-in/code", {"code": "000000"})
        refused = portal.browser().post("/sign-in/password", {"phone": phone, "password": "wrong"})
        again = browser.get("/sign-in/code")
        pages.append((asked.status_code, _bare(wrong.text), _bare(again.text), refused.status_code))
    assert pages[0] == pages[1]


def test_a_code_opens_once(portal: Portal) -> None:
    browser = portal.browser()
    browser.sign_in(PHONE)
    second = portal.browser()
    second.ask_code("139 1111 2222")
    refused = second.post("/sign-in/code", {"code": "123"})
    assert refused.status_code == 403
    assert "This code is wrong or too old" in refused.text


@pytest.mark.parametrize("case", ["at once", "decoy", "without a stamp", "an hour late"])
def test_a_form_that_a_machine_sends_brings_no_text(portal: Portal, case: str) -> None:
    browser = portal.browser()
    wait = {"at once": 0, "an hour late": 3700}.get(case, 5)
    more = {"decoy": {"website": "http://x"}, "without a stamp": {"stamp": "made.up"}}.get(case, {})
    answer = browser.ask_code(PHONE, wait_s=wait, **more)
    assert answer.status_code == 400
    assert "We sent no text message" in answer.text
    assert portal.count("SELECT count(*) FROM one_time_code") == 0


def test_a_form_is_taken_once(portal: Portal) -> None:
    browser = portal.browser()
    page = browser.get("/sign-in").text
    hidden = dict(re.findall(r'name="(csrf_token|stamp)" value="([^"]+)"', page))
    portal.now = portal.now.replace(minute=1)
    first = browser.client.post("/sign-in", data={**hidden, "phone": PHONE})
    second = browser.client.post("/sign-in", data={**hidden, "phone": "139 1111 2222"})
    assert (first.status_code, second.status_code) == (303, 303)
    assert portal.count("SELECT count(*) FROM one_time_code") == 1


def test_a_doubled_click_on_the_form_still_asks_for_the_digits(portal: Portal) -> None:
    browser = portal.browser()
    hidden = dict(re.findall(r'name="(csrf_token|stamp)" value="([^"]+)"', browser.get("/sign-in").text))
    portal.now = portal.now.replace(minute=1)
    for _ in range(2):
        answer = browser.client.post("/sign-in", data={**hidden, "phone": PHONE})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in/code")
    assert browser.post("/sign-in/code", {"code": portal.newest_code()}).headers["Location"] == "/"


def test_passwords_of_one_number_are_tried_five_times_a_minute_however_it_is_written(portal: Portal) -> None:
    ways = ["13812345678", "138 1234 5678", "+86 138 1234 5678", "0086 13812345678", "138-1234-5678", " 13812345678 "]
    browser = portal.browser()
    answers = [browser.post("/sign-in/password", {"phone": way, "password": "wrong"}).status_code for way in ways]
    assert answers == [403] * 5 + [429]


def test_a_password_signs_in_and_signs_the_other_devices_out(portal: Portal) -> None:
    other = portal.signed_in(PHONE)
    browser = portal.signed_in(PHONE)
    assert browser.post("/me/password", {"password": "12345678"}).status_code == 400
    assert browser.post("/me/password", {"password": PASSWORD}).status_code == 303
    assert browser.get("/me").status_code == 200
    assert other.get("/me").status_code == 303
    third = portal.browser()
    assert third.post("/sign-in/password", {"phone": PHONE, "password": PASSWORD}).status_code == 303
    assert third.get("/me").status_code == 200


def test_a_device_can_be_signed_out_from_another_one(portal: Portal) -> None:
    lost, kept = portal.signed_in(PHONE), portal.signed_in(PHONE)
    found = re.search(r"/me/devices/\d+/sign-out", kept.get("/me").text)
    assert found is not None
    assert kept.post(found.group(0), on="/me").status_code == 303
    assert (lost.get("/me").status_code, kept.get("/me").status_code) == (303, 200)


def test_signing_out_everywhere_ends_every_device(portal: Portal) -> None:
    one, two = portal.signed_in(PHONE), portal.signed_in(PHONE)
    assert two.post("/me/sign-out-everywhere", on="/me").status_code == 303
    assert [browser.get("/me").status_code for browser in (one, two)] == [303, 303]


@pytest.mark.parametrize(("wanted", "target"), [("/me", "/me"), ("//evil.example", "/"), ("https://evil.example", "/")])
def test_after_signing_in_people_stay_on_this_site(portal: Portal, wanted: str, target: str) -> None:
    browser = portal.browser()
    browser.get(f"/sign-in?next={wanted}")
    assert browser.sign_in(PHONE).headers["Location"] == target


def test_language_and_large_type_follow_the_person_to_another_device(portal: Portal) -> None:
    browser = portal.signed_in(PHONE)
    browser.post("/me/reading", {"language": "zh-CN", "type": "large"}, on="/me")
    page = portal.signed_in(PHONE).get("/me").text
    assert 'lang="zh-CN"' in page
    assert re.search(r'<html[^>]* class="[^"]*\blarge\b', page)
