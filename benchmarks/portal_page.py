"""`portal_page`: a signed-in household's bill page, all included, under the production server.

The limit serves the same HTML (compared first, but for tokens that change by request) from a bare Flask view with Jinja
and one prepared query, under the same server with as many processes and threads.
"""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import requests
from psycopg.types.json import Jsonb
from sqlalchemy import text

from benchmarks.load import fetch, measure
from benchmarks.measure import Result
from cli.first_payments import hidden_fields
from cli.stack import granian
from kernel.clock import utc_now
from kernel.crypto import derived_code
from services.access.codes import secret_ref
from services.journeys.demo_county.plan import make_plan
from services.journeys.seed_county import seed
from trials.stack import Stack, whole_stack
from wiring.servers.own import free_port

CONNECTIONS, SECONDS, PAIRS = 32, 4.0, 5
_FIGURE = re.compile(r"(?<![\w&#-])\d[\d,.]*(?![\w;-])")
_BY_REQUEST = re.compile(rb'(nonce|value|content)="[\w.\-]{20,}"')


def _sign_in(stack: Stack, phone: str, account_number: str) -> str:
    """Sign in and hold the account through the pages, as people do; returns the cookie header."""
    url = stack.settings.public_url
    browser = requests.Session()
    browser.headers["Accept-Language"] = "en"
    form = hidden_fields(browser.get(f"{url}/sign-in", timeout=10).text)
    time.sleep(2.2)
    page = browser.post(f"{url}/sign-in", data=form | {"phone": phone}, timeout=10)
    with stack.ports.db.read() as reader:
        code_id = reader.scalar(text("SELECT max(id) FROM one_time_code"))
    code = derived_code("one_time_code", secret_ref(code_id))
    home = browser.post(page.url, data=hidden_fields(page.text) | {"code": code}, timeout=10)
    home.raise_for_status()
    offered = browser.get(f"{url}/accounts", timeout=10)
    form = {"csrf_token": hidden_fields(offered.text)["csrf_token"], "account": account_number}
    browser.post(f"{url}/accounts/offered", data=form, timeout=10).raise_for_status()
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.cookies)


def _newest_bill(stack: Stack, account_number: str) -> str:
    with stack.ports.db.read() as reader:
        return str(
            reader.scalar(
                text("""
                    SELECT i.bill_number FROM bill_index i JOIN account a ON a.id = i.account_id
                    WHERE a.account_number = :number ORDER BY i.cycle_on DESC LIMIT 1
                """),
                {"number": account_number},
            )
        )


def _template(html: str) -> tuple[str, list[str]]:
    """Turn a page into a Jinja template whose figures come from the database."""
    figures: list[str] = []

    def place(found: re.Match[str]) -> str:
        figures.append(found[0])
        return "{{ f[" + str(len(figures) - 1) + "] }}"

    parts = re.split(r"(<[^>]*>)", html.replace("{", "&#123;").replace("}", "&#125;"))
    return "".join(part if part.startswith("<") else _FIGURE.sub(place, part) for part in parts), figures


def _start_limit(stack: Stack, html: str, number: str, port: int) -> "subprocess.Popen[bytes]":
    template, figures = _template(html)
    path = stack.settings.data / "limit.html"
    path.write_text(template, encoding="utf-8")
    with psycopg.connect(stack.settings.database_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE bench_page (number text PRIMARY KEY, figures jsonb)")
        connection.execute("INSERT INTO bench_page VALUES (%s, %s)", (number, Jsonb(figures)))
    settings = stack.settings
    return subprocess.Popen(
        granian(
            "benchmarks.limits.portal_page:app", host="127.0.0.1", port=port, workers=settings.web_workers,
            threads=settings.web_threads,
        ),
        env=os.environ | {"BENCH_DATABASE": settings.database_url, "BENCH_TEMPLATE": str(path)},
        stdout=subprocess.DEVNULL,
    )  # fmt: skip


def _wait(port: int, path: str) -> bytes:
    for _ in range(100):
        try:
            return fetch(port, path, "")
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the limit's server did not start")


def run(size: int | None = None) -> Result:
    """Ask for the page over 32 connections, ours and the limit in turn; `size` is the county's customers."""
    customers = size or 200
    with whole_stack(lambda line: print(line, file=sys.stderr)) as stack:
        settings = stack.settings
        plan = make_plan(customers=customers, seed=1, until=None, now=utc_now(), zone=settings.zone)
        folder = Path(settings.data) / "county"
        county = seed(
            stack.ports.db, plan, folder=folder, now=utc_now(), zone=settings.zone, currency=settings.currency
        )
        household = next(h for h in county.households if h.language == "en")
        cookie = _sign_in(stack, household.phone, household.accounts[0].account_number)
        number = _newest_bill(stack, household.accounts[0].account_number)
        path = f"/bills/{number}"
        html = fetch(settings.port, path, cookie)
        port = free_port(settings.port + 50)
        limit = _start_limit(stack, html.decode(), number, port)
        try:
            bare = _wait(port, path)
            assert _same(html) == _same(bare), "the limit serves another page"
            pairs = []
            for _ in range(PAIRS + 1):
                ours, _p99 = measure(settings.port, path, cookie=cookie, connections=CONNECTIONS, seconds=SECONDS)
                bound, _p99 = measure(port, path, cookie="", connections=CONNECTIONS, seconds=SECONDS)
                pairs.append((ours / bound, ours, bound))
        finally:
            limit.terminate()
            limit.wait(timeout=10)
    ratio, value, bound = sorted(pairs[1:])[PAIRS // 2]
    return Result("portal_page", value, "pages/s", bound, ratio, must=0.40, aim=0.65, size=customers)


def _same(html: bytes) -> bytes:
    return _BY_REQUEST.sub(rb"\1", html.replace(b"&#123;", b"{").replace(b"&#125;", b"}"))
