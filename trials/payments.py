"""Payments settle while worker, work-horse, relay, web, Valkey and PostgreSQL are killed -9 at random.

Every payer has one open item and pays it once at the card simulator's own page. Kills come only while payments are in
flight. In the end every payment taken by the vendor is settled once, every payer has exactly one receipt text at the
message vendor, and `ledger check` is clean.
"""

import os
import random
import re
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any

import requests
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from kernel.actor import Actor
from kernel.clock import utc_now
from kernel.crypto import keyed_hash, seal
from kernel.db import Database
from kernel.faults import Fault
from services.journeys import pay_bill
from services.journeys.check_books import check_everything
from services.ledger.operations import OpeningBalance, open_accounts, post_opening_balances
from trials.stack import Stack, offspring, whole_stack

TARGETS = ("worker", "work-horse", "relay", "web", "valkey", "postgres")
PATIENCE = 300.0


class Payers:
    """Who has paid at the vendor, who has not, and what was settled."""

    def __init__(self, stack: Stack, size: int):
        self.stack = stack
        self.accounts = _make_accounts(stack.ports.db, size, stack.settings.currency)
        self.paid: set[int] = set()
        self.lock = threading.Lock()

    def pay(self, account_id: int) -> None:
        """Begin at our journey, pay at the vendor's page; what a kill interrupts is begun again."""
        receivable_id, amount = self.accounts[account_id]
        ports, settings = self.stack.ports, self.stack.settings
        while True:
            try:
                begun = pay_bill.begin(
                    ports.db,
                    ports.cards,
                    actor=Actor(kind="customer", id=account_id),
                    account_id=account_id,
                    choices=[(receivable_id, amount)],
                    language="en",
                    description="Electricity",
                    return_url=lambda number, token: f"{settings.public_url}/pay/{number}?t={token}",
                    cancel_url=lambda number, token: f"{settings.public_url}/pay/{number}?t={token}",
                    zone=settings.zone,
                    now=utc_now(),
                )
                break
            except (DBAPIError, Fault):
                time.sleep(0.2)
        _click_pay(begun.checkout_url, settings.simulators_port)
        with self.lock:
            self.paid.add(account_id)

    def settled(self) -> int:
        with self.stack.ports.db.read() as reader:
            return int(reader.scalar(text("SELECT count(*) FROM payment WHERE state = 'settled'")) or 0)

    def in_flight(self) -> int:
        """Return how many payments the vendor has taken and we have not settled or not yet told."""
        with self.stack.ports.db.read() as reader:
            told = reader.scalar(text("SELECT count(*) FROM message WHERE state IN ('accepted', 'sent', 'delivered')"))
        with self.lock:
            return len(self.paid) - int(told or 0)


def _click_pay(url: str, simulators_port: int) -> None:
    """Press "pay" on the simulator's page, asked at its own process: the web may be dead just now."""
    own = re.sub(r"^https?://[^/]+/_sim", f"http://127.0.0.1:{simulators_port}", url)
    page = requests.get(own, timeout=30)
    page.raise_for_status()
    answer = requests.post(own, data={"outcome": "succeed"}, allow_redirects=False, timeout=30)
    if answer.status_code not in {200, 302, 303}:
        raise RuntimeError(f"the pay page answered {answer.status_code}")


def _make_accounts(db: Database, size: int, currency: str) -> dict[int, tuple[int, int]]:
    """Return account id -> (receivable id, amount) of `size` new payers with phones that reach nobody."""
    now = utc_now()
    phones = [f"+861700000{n:04d}" for n in range(size)]
    with db.transaction() as session:
        ids = session.execute(
            text("""
                WITH s AS (
                    INSERT INTO station (code, name, name_en) VALUES ('T', '试验', 'Trial') RETURNING id
                ), c AS (
                    INSERT INTO customer (customer_number, name, kind, language, phone, phone_hash, created_at, search)
                    SELECT 'T' || n, 'Payer ' || n, 'residential', 'en', p, h, :now, to_tsvector('simple', 'payer')
                    FROM unnest(CAST(:numbers AS int[]), CAST(:phones AS bytea[]), CAST(:hashes AS bytea[]))
                        AS x(n, p, h)
                    RETURNING id, customer_number
                )
                INSERT INTO account (account_number, customer_id, station_id, currency, due_days, opened_on)
                SELECT '9' || lpad(substr(customer_number, 2), 9, '0'), c.id, s.id, :currency, 20, :today FROM c, s
                RETURNING id
            """),
            {
                "now": now,
                "today": date(2026, 1, 1),
                "currency": currency,
                "numbers": list(range(size)),
                "phones": [seal(phone) for phone in phones],
                "hashes": [keyed_hash("phone", phone) for phone in phones],
            },
        ).scalars()
        accounts = {account_id: 1_000 + number for number, account_id in enumerate(ids)}
        open_accounts(session, currency=currency)
        post_opening_balances(
            session,
            [OpeningBalance(i, amount, date(2026, 2, 1), f"trial-{i}") for i, amount in accounts.items()],
            currency=currency,
            value_on=date(2026, 1, 1),
            now=now,
        )
        rows = session.execute(text("SELECT account_id, id, total_minor FROM receivable")).all()
    return {row.account_id: (row.id, row.total_minor) for row in rows}


def _kill(stack: Stack, target: str, rng: random.Random) -> bool:
    """Kill one process of the kind with SIGKILL; False when none was alive to be killed."""
    workers = [f"worker-{n}" for n in range(1, stack.settings.workers + 1)]
    if target == "worker":
        victims = [stack.pid(name) for name in workers]
    elif target == "work-horse":
        victims = [horse for name in workers if (pid := stack.pid(name)) for horse in offspring(pid)]
    elif target == "web":
        master = stack.pid("web")
        victims = [master, *offspring(master)] if master else []
    else:
        victims = [stack.pid(target)]
    living = [pid for pid in victims if pid]
    if not living:
        return False
    try:
        os.kill(rng.choice(living), signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def run(*, kills: int, size: int, seed: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Run the trial; `survived` is True when nothing was lost and nothing done twice."""
    rng = random.Random(seed)
    began = time.monotonic()
    with whole_stack(say) as stack:
        payers = Payers(stack, size)
        killed: Counter[str] = Counter()
        waiting = list(payers.accounts)
        rng.shuffle(waiting)
        pacing = _Pacing(payers, waiting)
        # More payers than kills: let some go at once; fewer: each kill finds at least one payment in flight.
        pacing.release(max(1, size // (kills + 1)))
        while killed.total() < kills:
            # A work-horse lives for milliseconds: wait for a moment when one is there, with a chosen fallback.
            _until_in_flight(payers, pacing)
            target = rng.choice(TARGETS)
            if _kill_soon(stack, target, rng):
                killed[target] += 1
                pacing.release(-(-size // max(kills, 1)))
                time.sleep(rng.uniform(0.05, 0.6))
            if killed.total() % 20 == 0 and killed.total():
                say(f"{killed.total()} kills, {len(payers.paid)} paid")
        pacing.finish()
        _wait_for(lambda: payers.settled() >= size and payers.in_flight() <= 0, PATIENCE)
        return _report(stack, payers, killed, size, time.monotonic() - began)


class _Pacing:
    """Lets payers go a few at a time, each in a thread of its own."""

    def __init__(self, payers: Payers, waiting: list[int]):
        self.payers = payers
        self.waiting = waiting
        self.threads: list[threading.Thread] = []

    def release(self, count: int) -> None:
        for _ in range(min(count, len(self.waiting))):
            thread = threading.Thread(target=self.payers.pay, args=(self.waiting.pop(),), daemon=True)
            thread.start()
            self.threads.append(thread)

    def finish(self) -> None:
        self.release(len(self.waiting))
        for thread in self.threads:
            thread.join(timeout=PATIENCE)


def _until_in_flight(payers: Payers, pacing: _Pacing) -> None:
    """Wait until a payment is under way; when none is, let another payer go."""
    while True:
        try:
            if payers.in_flight() > 0:
                return
        except DBAPIError:
            return
        if not any(thread.is_alive() for thread in pacing.threads):
            if not pacing.waiting:
                return
            pacing.release(1)
        time.sleep(0.02)


def _kill_soon(stack: Stack, target: str, rng: random.Random) -> bool:
    ends = time.monotonic() + 3.0
    while time.monotonic() < ends:
        if _kill(stack, target, rng):
            return True
        time.sleep(0.002)
    return False


def _wait_for(condition: Callable[[], bool], seconds: float) -> None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        try:
            if condition():
                return
        except DBAPIError:
            pass
        time.sleep(0.5)


def _report(stack: Stack, payers: Payers, killed: Counter[str], size: int, seconds: float) -> dict[str, Any]:
    with stack.ports.db.read() as reader:
        unsound = check_everything(reader)
        left = int(reader.scalar(text("SELECT COALESCE(sum(open_minor), 0) FROM receivable")) or 0)
        receipts = int(reader.scalar(text("SELECT count(*) FROM receipt")) or 0)
    told: Counter[str] = Counter(
        message["to"]
        for message in requests.get(
            f"http://127.0.0.1:{stack.settings.simulators_port}/messages",
            headers={"Accept": "application/json"},
            params={"limit": size * 4},
            timeout=60,
        ).json()
    )
    untold, doubled = size - len(told), told.total() - len(told)
    settled = payers.settled()
    return {
        "trial": "payments",
        "kills": killed.total(),
        "killed": dict(killed),
        "payers": size,
        "settled": settled,
        "receipts": receipts,
        "texts": told.total(),
        "lost": size - settled,
        "untold": untold,
        "doubled": doubled,
        "open_minor": left,
        "unsound": [f"{row.rule}: {row.row}: {row.found}" for row in unsound],
        "seconds": round(seconds, 1),
        "survived": not unsound and left == 0 and settled == receipts == size and untold == 0 and doubled == 0,
    }
