"""`settle`: stored payment events settled, each on an account of its own, by as many processes as there are cores.

Ours works as the worker does: chunks of rows through `pay_bill.settle_events`. The limit writes the same rows through
bare psycopg, one event a transaction.
"""

import json
import multiprocessing
import os
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text

import services.tables  # noqa: F401  (foreign keys between rooms resolve by name)
from backends.cards.stripe import StripeCards
from benchmarks.ground import servers
from benchmarks.limits.settle import settle_one_by_one
from benchmarks.measure import Result, alternate
from kernel.db import Database
from services.journeys import pay_bill
from services.journeys.check_books import check_everything
from workers.handlers import INBOX

NOW = datetime(2026, 7, 1, 4, 0, tzinfo=UTC)
ZONE = "Asia/Shanghai"

_PREPARE = """
    WITH s AS (INSERT INTO station (code, name, name_en) VALUES (:code, 'b', 'b') RETURNING id),
    c AS (INSERT INTO customer (customer_number, name, kind, language, created_at, search)
        SELECT :code || n, 'b', 'residential', 'en', :now, '' FROM generate_series(1, :n) AS n RETURNING id),
    a AS (INSERT INTO account (account_number, customer_id, station_id, currency, due_days, opened_on)
        SELECT :code || c.id, c.id, s.id, 'CNY', 20, '2026-01-01' FROM c, s RETURNING id, station_id),
    l AS (INSERT INTO ledger_account (code, kind, account_id, currency)
        SELECT k.kind || ':' || a.id, k.kind, a.id, 'CNY' FROM a,
        (VALUES ('receivable'), ('credit'), ('deposit')) AS k(kind) RETURNING id, kind, account_id),
    r AS (INSERT INTO receivable (account_id, kind, reference, total_minor, open_minor, currency, due_on, opened_at)
        SELECT id, 'opening', :code || id, 8642, 8642, 'CNY', '2026-07-20', :now FROM a RETURNING id, account_id),
    o AS (INSERT INTO posting (debit_id, credit_id, amount_minor, currency, value_on, posted_at, source, account_id,
        receivable_id)
        SELECT l.id, (SELECT id FROM ledger_account WHERE code = 'opening'), 8642, 'CNY', '2026-06-30', :now,
            'opening:' || r.id, r.account_id, r.id
        FROM r JOIN l ON l.account_id = r.account_id AND l.kind = 'receivable'),
    p AS (INSERT INTO payment (payment_number, account_id, station_id, amount_minor, currency, state, channel,
        checkout_id, payer_kind, language, return_token, created_at, changed_at)
        SELECT :code || a.id, a.id, a.station_id, 8642, 'CNY', 'open', 'card', 'cs_' || :code || a.id, 'payer', 'en',
            '', :now, :now FROM a RETURNING id, account_id, payment_number, checkout_id),
    i AS (INSERT INTO payment_item (payment_id, receivable_id, amount_minor)
        SELECT p.id, r.id, 8642 FROM p JOIN r USING (account_id))
    INSERT INTO inbox (source, event_id, topic, payload, created_at, due_at)
    SELECT 'stripe', 'evt_' || p.id, 'stripe.event', jsonb_build_object('type', 'checkout.session.completed', 'body',
        replace(replace(replace(:body, '%EVENT%', 'evt_' || p.id), '%ATTEMPT%', p.payment_number), '%SESSION%',
            p.checkout_id)), :now, :now
    FROM p RETURNING id
"""

_BODY = json.dumps(
    {
        "id": "%EVENT%",
        "object": "event",
        "type": "checkout.session.completed",
        "created": int(NOW.timestamp()),
        "data": {
            "object": {
                "id": "%SESSION%",
                "object": "checkout.session",
                "client_reference_id": "%ATTEMPT%",
                "metadata": {"attempt": "%ATTEMPT%"},
                "payment_intent": "pi_%ATTEMPT%",
                "amount_total": 8642,
                "currency": "cny",
                "status": "complete",
                "payment_status": "paid",
            }
        },
    }
)


class Ground:
    """Fresh events for each run, shared out over the processes."""

    def __init__(self, url: str, size: int, processes: int):
        self.db = Database(url, statement_timeout_ms=0)
        self.size, self.processes = size, processes
        self.round = 0
        self.shares: list[list[int]] = []
        with self.db.transaction() as session:
            session.execute(
                text("""
                    INSERT INTO ledger_account (code, kind, currency) VALUES ('opening', 'opening', 'CNY'),
                        ('clearing:card', 'clearing', 'CNY') ON CONFLICT DO NOTHING
                """)
            )

    def prepare(self) -> None:
        self.round += 1
        with self.db.transaction() as session:
            ids = list(
                session.scalars(text(_PREPARE), {"code": f"B{self.round}-", "n": self.size, "now": NOW, "body": _BODY})
            )
        with self.db.read() as reader:
            for table in ("payment", "receivable", "inbox", "ledger_account", "payment_item"):
                reader.execute(text(f"ANALYZE {table}"))
        self.shares = [ids[n :: self.processes] for n in range(self.processes)]

    def settled(self) -> int:
        with self.db.read() as reader:
            return int(reader.scalar(text("SELECT count(*) FROM payment WHERE state = 'settled'")) or 0)


_worker: dict[str, Any] = {}


def _open(url: str) -> None:
    _worker["url"] = url
    _worker["db"] = Database(url, pool_size=1)
    _worker["cards"] = StripeCards("sk_test_benchmark", "whsec_benchmark")


def _ours(rows: list[int]) -> int:
    chunk = INBOX["stripe.event"].chunk
    return sum(
        pay_bill.settle_events(_worker["db"], _worker["cards"], row_ids=rows[start : start + chunk], zone=ZONE, now=NOW)
        for start in range(0, len(rows), chunk)
    )


def _limit(rows: list[int]) -> int:
    return settle_one_by_one(_worker["url"], rows, NOW)


def run(size: int | None = None) -> Result:
    """Settle `size` events a run both ways; afterwards every payment is settled once and our books are sound."""
    events, processes = size or 2_000, os.cpu_count() or 2
    with servers() as settings:
        # Forked before this process opens a connection of its own.
        with multiprocessing.get_context("fork").Pool(processes, _open, (settings.database_url,)) as pool:
            ground = Ground(settings.database_url, events, processes)
            value, limit, ratio = alternate(
                lambda: pool.map(_ours, ground.shares, chunksize=1),
                lambda: pool.map(_limit, ground.shares, chunksize=1),
                work=events,
                pairs=5,
                prepare=ground.prepare,
            )
        assert ground.settled() == ground.round * events, "some events were not settled"
        ground.prepare()
        pool_rows = [row for share in ground.shares for row in share]
        _open(settings.database_url)
        assert _ours(pool_rows) == events
        with ground.db.read() as reader:
            ours = [row for row in check_everything(reader) if f"B{ground.round}-" in row.row]
        assert not ours, ours[:3]
        ground.db.dispose()
    return Result("settle", value, "events/s", limit, ratio, must=0.50, aim=2.0, size=events)
