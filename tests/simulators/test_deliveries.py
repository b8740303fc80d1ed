"""How the stand-ins deliver what they owe: again until taken, doubled, reordered, late, forged, lost first."""

from collections import Counter

import pytest
import requests

from backends.simulators.deliveries import GIVE_UP_AFTER
from services.messages.ports import BadSignature, OutgoingMessage
from services.payments.ports import BadSignature as BadCardSignature
from tests.simulators.paying import choose
from tests.simulators.world import SID, SITE, TOKEN, Posted, World, request_for

STRIPE, STATUS = "/hooks/stripe", "/hooks/twilio/status"


def _pay(world: World) -> None:
    choose(world.cards.create_checkout(request_for("P-100")), "succeed")


def _types(world: World) -> list[str]:
    return [world.cards.read_event(posted.body).vendor_type for posted in world.hook.to(STRIPE)]


def _ids(world: World) -> Counter[str]:
    return Counter(world.cards.read_event(posted.body).event_id for posted in world.hook.to(STRIPE))


def _send(world: World, to: str = "+8613800000001") -> str:
    return world.messages.send(OutgoingMessage("M-1", to, "Paid.")).vendor_id


def test_an_event_that_is_taken_is_delivered_once(world: World) -> None:
    _pay(world)
    world.pass_(120, step=10)
    assert set(_ids(world).values()) == {1}
    assert set(_types(world)) == {"payment_intent.succeeded", "checkout.session.completed"}


@pytest.mark.parametrize("status", [302, 400, 404, 500, 503])
def test_whatever_is_not_2xx_is_tried_again_with_a_fresh_signature(world: World, status: int) -> None:
    world.hook.status = status
    _pay(world)
    world.pass_(20, step=1)
    world.hook.status = 204
    world.pass_(40, step=1)
    tries = _ids(world)
    assert all(count >= 4 for count in tries.values())
    world.pass_(120, step=10)
    assert _ids(world) == tries
    last = world.hook.to(STRIPE)[-1]
    stamps = {posted.headers["Stripe-Signature"].split(",")[0] for posted in world.hook.to(STRIPE)}
    assert len(stamps) >= 4
    assert world.cards.verify_event(last.body, last.headers["Stripe-Signature"], world.clock()).attempt == "P-100"


def test_pauses_grow_but_not_without_end(world: World) -> None:
    world.hook.status = 500
    _pay(world)
    world.pass_(60)
    first = len(world.hook.posted)
    world.pass_(60)
    assert 2 <= len(world.hook.posted) - first < first


def test_after_three_days_the_vendor_gives_up(world: World) -> None:
    world.hook.status = 500
    _pay(world)
    world.pass_(1)
    world.clock.move(GIVE_UP_AFTER.total_seconds() + 60)
    world.pass_(1)
    tried = len(world.hook.posted)
    world.hook.status = 200
    world.pass_(300, step=60)
    assert len(world.hook.posted) == tried


def test_a_person_may_have_an_event_sent_again(world: World) -> None:
    _pay(world)
    world.pass_(1)
    event = world.cards.read_event(world.hook.to(STRIPE)[-1].body)
    requests.post(f"{world.base}/cards/events/{event.event_id}/resend", timeout=5)
    world.pass_(1)
    assert _ids(world)[event.event_id] == 2


def test_copies_are_the_same_event_several_times(world: World) -> None:
    world.turn("cards.copies", 2)
    _pay(world)
    world.pass_(1)
    assert set(_ids(world).values()) == {3}


def test_reordered_events_come_last_first(world: World) -> None:
    world.turn("cards.reorder", 1)
    _pay(world)
    world.pass_(3)
    assert _types(world) == ["checkout.session.completed", "payment_intent.succeeded"]


def test_delayed_events_wait(world: World) -> None:
    world.turn("cards.delay", 30)
    _pay(world)
    world.pass_(28)
    assert not world.hook.posted
    world.pass_(3)
    assert len(world.hook.posted) == 2


def test_the_first_deliveries_may_be_lost_on_the_way(world: World) -> None:
    world.turn("cards.drop", 2)
    _pay(world)
    world.pass_(0.9)
    assert not world.hook.posted
    world.pass_(10)
    assert set(_ids(world).values()) == {1}


def test_a_forged_copy_comes_first_is_refused_and_not_repeated(world: World) -> None:
    world.turn("cards.forge", 1)
    _pay(world)

    def fits(posted: Posted) -> bool:
        try:
            world.cards.verify_event(posted.body, posted.headers["Stripe-Signature"], world.clock())
        except BadCardSignature:
            return False
        return True

    world.hook.status = 400
    world.pass_(1)
    world.hook.status = 200
    world.pass_(30)
    told = Counter(fits(posted) for posted in world.hook.to(STRIPE))
    assert told[False] == 2
    assert told[True] >= 2


def test_a_forged_status_is_refused(world: World) -> None:
    world.turn("messages.forge", 1)
    _send(world)
    world.pass_(3)
    fits = Counter[bool]()
    for posted in world.hook.to(STATUS):
        try:
            world.messages.verify_callback(posted.url, posted.form, posted.headers["X-Twilio-Signature"])
            fits[True] += 1
        except BadSignature:
            fits[False] += 1
    assert fits == {True: 3, False: 3}


@pytest.mark.parametrize(
    ("switch", "value", "said"),
    [
        ("messages.copies", 0, ["queued", "sent", "delivered"]),
        ("messages.copies", 1, ["delivered", "delivered", "queued", "queued", "sent", "sent"]),
        ("messages.delay", 60, []),
    ],
)
def test_statuses_obey_their_switches(world: World, switch: str, value: float, said: list[str]) -> None:
    world.turn(switch, value)
    _send(world)
    world.pass_(5)
    assert sorted(posted.form["MessageStatus"] for posted in world.hook.to(STATUS)) == sorted(said)


def test_statuses_are_signed_over_the_public_address(world: World) -> None:
    sid = _send(world)
    world.pass_(5)
    receipts = []
    for posted in world.hook.to(STATUS):
        assert posted.url == f"{SITE}{STATUS}?m=M-1"
        receipts.append(world.messages.verify_callback(posted.url, posted.form, posted.headers["X-Twilio-Signature"]))
    assert [(r.vendor_id, r.message_number, r.status) for r in receipts] == [
        (sid, "M-1", "accepted"), (sid, "M-1", "sent"), (sid, "M-1", "delivered"),
    ]  # fmt: skip
    assert len({receipt.event_id for receipt in receipts}) == 3


def test_a_site_that_is_down_gets_its_events_when_it_is_up(world: World) -> None:
    world.hook.status = 503
    _pay(world)
    _send(world)
    world.pass_(30, step=5)
    world.hook.posted.clear()
    world.hook.status = 200
    world.pass_(60, step=5)
    assert set(_ids(world).values()) == {1}
    assert {posted.form["MessageStatus"] for posted in world.hook.to(STATUS)} == {"queued", "sent", "delivered"}


def test_a_callback_to_nowhere_does_not_hold_up_the_others(world: World) -> None:
    form = {"To": "+8613800000001", "Body": "x", "From": "+15005550006", "StatusCallback": "http://[nowhere/status"}
    url = f"{world.base}/twilio/2010-04-01/Accounts/{SID}/Messages.json"
    assert requests.post(url, data=form, auth=(SID, TOKEN), timeout=5).status_code == 201
    _send(world)
    world.pass_(3)
    assert len(world.hook.to(STATUS)) == 3
