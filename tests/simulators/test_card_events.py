"""What the card vendor signs and posts: read in our words, and refused unless it is theirs, whole and fresh."""

import hashlib
import hmac
import json
from datetime import timedelta

import pytest
import requests

from services.payments.ports import BadSignature, CardEvent
from tests.simulators.paying import choose, prove
from tests.simulators.world import SECRET, Posted, World, request_for

HOOK = "/hooks/stripe"


def _read(world: World, posted: Posted) -> CardEvent:
    return world.cards.verify_event(posted.body, posted.headers["Stripe-Signature"], world.clock())


def _told(world: World) -> list[str]:
    return [_read(world, posted).kind for posted in world.hook.to(HOOK)]


def _sign(body: bytes, seconds: float, secret: str = SECRET) -> str:
    stamp = str(int(seconds))
    return f"t={stamp},v1={hmac.new(secret.encode(), stamp.encode() + b'.' + body, hashlib.sha256).hexdigest()}"


@pytest.fixture
def paid(world: World) -> Posted:
    """The event that tells of a finished and paid checkout."""
    choose(world.cards.create_checkout(request_for("P-100")), "succeed")
    world.pass_(1)
    return next(posted for posted in world.hook.to(HOOK) if b'"checkout.session.completed"' in posted.body)


def test_a_paid_checkout_is_told_with_every_fact(world: World, paid: Posted) -> None:
    event = _read(world, paid)
    assert (event.kind, event.vendor_type) == ("completed", "checkout.session.completed")
    assert (event.attempt, event.amount_minor, event.currency) == ("P-100", 8642, "CNY")
    found = world.cards.find_checkout(event.checkout_id or "")
    assert found.payment_intent == event.payment_intent is not None
    assert world.cards.read_event(paid.body) == event
    assert abs(event.created_at - world.clock()) <= timedelta(seconds=2)


@pytest.mark.parametrize(
    ("does", "kinds"),
    [
        (["succeed"], ["succeeded", "completed"]),
        (["decline"], ["declined"]),
        (["decline", "succeed"], ["declined", "succeeded", "completed"]),
        (["authenticate", "pass"], ["succeeded", "completed"]),
        (["authenticate", "fail"], ["declined"]),
        (["later_succeed"], ["processing", "succeeded", "succeeded"]),
        (["later_fail"], ["processing", "declined", "failed"]),
    ],
    ids="+".join,
)
def test_every_outcome_is_told_in_our_words(world: World, does: list[str], kinds: list[str]) -> None:
    made = world.cards.create_checkout(request_for("P-100"))
    for step in does:
        if step in {"pass", "fail"}:
            prove(made, step)
        else:
            choose(made, step)
    world.pass_(25, step=5)
    assert sorted(_told(world)) == sorted(kinds)


def test_a_decline_says_why_and_whose(world: World) -> None:
    choose(world.cards.create_checkout(request_for("P-100")), "decline")
    world.pass_(1)
    (event,) = [_read(world, posted) for posted in world.hook.to(HOOK)]
    assert (event.attempt, event.failure_code, event.checkout_id) == ("P-100", "insufficient_funds", None)
    assert (event.amount_minor, event.currency) == (8642, "CNY")


@pytest.mark.parametrize("how", ["closed", "by itself"])
def test_an_expired_checkout_is_told(world: World, how: str) -> None:
    made = world.cards.create_checkout(request_for("P-100", expires_at=world.clock() + timedelta(minutes=31)))
    if how == "closed":
        world.cards.expire_checkout(made.checkout_id)
    world.pass_(32 * 60, step=8 * 60)
    (posted,) = world.hook.to(HOOK)
    event = world.cards.read_event(posted.body)
    assert (event.kind, event.checkout_id, event.attempt) == ("expired", made.checkout_id, "P-100")


def test_an_event_we_do_not_know_is_other(world: World, paid: Posted) -> None:
    event = json.loads(paid.body) | {"type": "customer.discount.created"}
    assert world.cards.read_event(json.dumps(event).encode()).kind == "other"


def test_a_tampered_body_is_refused(world: World, paid: Posted) -> None:
    body = paid.body.replace(b"8642", b"8643")
    assert body != paid.body
    with pytest.raises(BadSignature):
        world.cards.verify_event(body, paid.headers["Stripe-Signature"], world.clock())


def test_a_tampered_stamp_is_refused(world: World, paid: Posted) -> None:
    stamp = str(int(world.clock().timestamp()))
    header = paid.headers["Stripe-Signature"]
    old = header.split(",")[0]
    with pytest.raises(BadSignature):
        world.cards.verify_event(paid.body, header.replace(old, f"t={int(stamp) + 1}"), world.clock())


def test_another_secret_is_refused(world: World, paid: Posted) -> None:
    with pytest.raises(BadSignature):
        world.cards.verify_event(paid.body, _sign(paid.body, world.clock().timestamp(), "whsec_other"), world.clock())


@pytest.mark.parametrize(("seconds", "fits"), [(300, True), (301, False), (-300, True), (-301, False)])
def test_a_signature_holds_for_five_minutes(world: World, paid: Posted, seconds: int, fits: bool) -> None:
    header = _sign(paid.body, world.clock().timestamp() - seconds)
    now = world.clock().replace(microsecond=0)
    if fits:
        assert world.cards.verify_event(paid.body, header, now).kind == "completed"
    else:
        with pytest.raises(BadSignature):
            world.cards.verify_event(paid.body, header, now)


def test_one_good_signature_of_several_is_enough_while_a_secret_is_rolled(world: World, paid: Posted) -> None:
    header = _sign(paid.body, world.clock().timestamp())
    stamp, proof = header.split(",")
    for rolled in (f"{stamp},v1={'0' * 64},{proof}", f"{stamp},{proof},v1={'0' * 64},v0=old"):
        assert world.cards.verify_event(paid.body, rolled, world.clock()).kind == "completed"


def test_the_old_scheme_alone_is_refused(world: World, paid: Posted) -> None:
    header = _sign(paid.body, world.clock().timestamp()).replace("v1=", "v0=")
    with pytest.raises(BadSignature):
        world.cards.verify_event(paid.body, header, world.clock())


@pytest.mark.parametrize(
    "header", ["", "t=,v1=", "v1=00", "t=1", "t=x,v1=0", "t=٣,v1=0", "t=1,v1=é", ",,=", "t=-1,v1=0"]
)
def test_nonsense_is_refused_not_stumbled_over(world: World, paid: Posted, header: str) -> None:
    with pytest.raises(BadSignature):
        world.cards.verify_event(paid.body, header, world.clock())


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"id": "evt_1", "type": "x", "data": 1}', b"\xff"])
def test_what_is_signed_yet_no_event_is_refused(world: World, body: bytes) -> None:
    with pytest.raises(BadSignature):
        world.cards.verify_event(body, _sign(body, world.clock().timestamp()), world.clock())


def test_every_event_can_be_read_at_the_vendor_too(world: World, paid: Posted) -> None:
    event = _read(world, paid)
    answer = requests.get(f"{world.base}/stripe/v1/events/{event.event_id}", auth=("sk_test_contract", ""), timeout=5)
    assert world.cards.read_event(answer.content) == event
