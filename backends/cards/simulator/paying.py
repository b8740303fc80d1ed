"""What can happen to a checkout, each as one transaction with the events Stripe sends for it.

Order of events and states: docs.stripe.com/payments/paymentintents/lifecycle and checkout/fulfillment. A checkout that
is not open is never paid again.
"""

from datetime import datetime
from typing import Any, Literal

from backends.cards.simulator.book import Book, Row
from backends.cards.simulator.errors import ApiError
from backends.cards.simulator.objects import new_id, new_intent, payment_error
from backends.simulators.config import SimulatorsConfig
from backends.simulators.store import Store

Outcome = Literal["succeed", "decline", "authenticate", "fail_authentication", "later"]
LATER_SECONDS = 20.0


class Paying:
    """Moves the simulator's checkouts; every method is its own transaction."""

    def __init__(self, store: Store, config: SimulatorsConfig):
        self._store = store
        self._config = config

    def pay(self, checkout_id: str, outcome: Outcome, method: str, *, settles: str | None = None) -> Row | None:
        """Let the payer confirm; returns the session after it, None when there is none. Not open: unchanged."""
        now = self._config.clock()
        with self._store.write() as db:
            book = Book(db, self._config, now)
            _expire_due(book)
            session = book.session(checkout_id)
            if session is not None and session["status"] == "open":
                intent = self._confirm(book, session)
                _STEPS[outcome](book, session, intent, method)
                if outcome == "later":
                    at = now.timestamp() + LATER_SECONDS if settles else None
                    book.settle_later(checkout_id, at, settles)
            book.send()
        return session

    @staticmethod
    def _confirm(book: Book, session: Row) -> Row:
        """Return the session's intent; Checkout makes it at the first confirmation."""
        kept = book.intent(session["payment_intent"]) if session["payment_intent"] else None
        if kept is not None:
            return kept
        intent = new_intent(session, book.intent_data(session["id"]), book.now)
        session["payment_intent"] = intent["id"]
        book.tell("payment_intent.created", intent, session["id"])
        return intent

    def settle(self, checkout_id: str, *, arrives: bool) -> Row | None:
        """Let the money of a finished checkout arrive, or fail for good; returns the session."""
        with self._store.write() as db:
            book = Book(db, self._config, self._config.clock())
            session = book.session(checkout_id)
            if session is not None:
                _settle(book, session, arrives=arrives)
            book.send()
        return session

    def expire(self, checkout_id: str) -> Row | None:
        """Close an open checkout. Raises ApiError when it is not open."""
        with self._store.write() as db:
            book = Book(db, self._config, self._config.clock())
            session = expire_session(book, checkout_id)
            book.send()
        return session

    def advance(self, now: datetime) -> None:
        """Let time pass: checkouts expire, late money arrives."""
        with self._store.read() as db:
            due = db.execute(
                "SELECT EXISTS (SELECT 1 FROM checkout WHERE status = 'open' AND expires_at <= ?)"
                " OR EXISTS (SELECT 1 FROM checkout WHERE settles_at <= ?)",
                (int(now.timestamp()), now.timestamp()),
            ).fetchone()[0]
        if not due:
            return
        with self._store.write() as db:
            book = Book(db, self._config, now)
            _expire_due(book)
            for row in db.execute(
                "SELECT id, settles_as FROM checkout WHERE settles_at <= ?", (now.timestamp(),)
            ).fetchall():
                session = book.session(row["id"])
                if session is not None:
                    _settle(book, session, arrives=row["settles_as"] == "succeed")
            book.send()


def expire_session(book: Book, checkout_id: str) -> Row | None:
    """Expire one session inside a transaction (docs.stripe.com/api/checkout/sessions/expire)."""
    session = book.session(checkout_id)
    if session is None:
        return None
    if session["status"] != "open":
        raise ApiError(
            400,
            f'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of'
            f" {session['status']}.",
        )
    session |= {"status": "expired", "url": None}
    book.keep_session(session)
    book.tell("checkout.session.expired", session, checkout_id)
    return session


def _expire_due(book: Book) -> None:
    due = book.db.execute("SELECT id FROM checkout WHERE status = 'open' AND expires_at <= ?", (book.now,)).fetchall()
    for row in due:
        expire_session(book, row["id"])


def _succeed(book: Book, session: Row, intent: Row, method: str) -> None:
    _receive(intent, method)
    _finish(session, "paid")
    _keep(book, session, intent)
    book.tell("payment_intent.succeeded", intent, session["id"])
    book.tell("checkout.session.completed", session, session["id"])


def _decline(book: Book, session: Row, intent: Row, method: str) -> None:
    _fail(intent, payment_error("card_declined", "insufficient_funds", "Your card has insufficient funds.", method))
    _keep(book, session, intent)
    book.tell("payment_intent.payment_failed", intent, session["id"])


def _authenticate(book: Book, session: Row, intent: Row, method: str) -> None:
    intent |= {"status": "requires_action", "payment_method": new_id("pm_"), "next_action": {"type": "use_stripe_sdk"}}
    _keep(book, session, intent)
    book.tell("payment_intent.requires_action", intent, session["id"])


def _fail_authentication(book: Book, session: Row, intent: Row, method: str) -> None:
    message = "The provided PaymentMethod has failed authentication."
    _fail(intent, payment_error("payment_intent_authentication_failure", None, message, method))
    _keep(book, session, intent)
    book.tell("payment_intent.payment_failed", intent, session["id"])


def _later(book: Book, session: Row, intent: Row, method: str) -> None:
    intent |= {"status": "processing", "payment_method": new_id("pm_"), "last_payment_error": None, "next_action": None}
    _finish(session, "unpaid")
    _keep(book, session, intent)
    book.tell("payment_intent.processing", intent, session["id"])
    book.tell("checkout.session.completed", session, session["id"])


_STEPS: dict[str, Any] = {
    "succeed": _succeed,
    "decline": _decline,
    "authenticate": _authenticate,
    "fail_authentication": _fail_authentication,
    "later": _later,
}


def _settle(book: Book, session: Row, *, arrives: bool) -> None:
    book.settle_later(session["id"], None, None)
    intent = book.intent(session["payment_intent"]) if session["payment_intent"] else None
    if intent is None or intent["status"] != "processing":
        return
    if arrives:
        _receive(intent, session["payment_method_types"][0])
        session["payment_status"] = "paid"
        told = ("payment_intent.succeeded", "checkout.session.async_payment_succeeded")
    else:
        _fail(intent, payment_error("payment_intent_payment_attempt_failed", None, "The payment failed.", "alipay"))
        told = ("payment_intent.payment_failed", "checkout.session.async_payment_failed")
    _keep(book, session, intent)
    book.tell(told[0], intent, session["id"])
    book.tell(told[1], session, session["id"])


def _receive(intent: Row, method: str) -> None:
    intent |= {
        "status": "succeeded",
        "amount_received": intent["amount"],
        "latest_charge": new_id("ch_" if method == "card" else "py_"),
        "payment_method": intent["payment_method"] or new_id("pm_"),
        "last_payment_error": None,
        "next_action": None,
    }


def _fail(intent: Row, error: Row) -> None:
    intent |= {
        "status": "requires_payment_method",
        "last_payment_error": error,
        "payment_method": None,
        "next_action": None,
    }


def _finish(session: Row, payment_status: str) -> None:
    session |= {"status": "complete", "payment_status": payment_status, "url": None}


def _keep(book: Book, session: Row, intent: Row) -> None:
    book.keep_session(session)
    book.keep_intent(intent, session["id"])
