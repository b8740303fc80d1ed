"""A whole installation with a small county, and what people do in it: sign in, take over an account, pay, watch."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests
from sqlalchemy import text

from kernel.clock import utc_now
from services.access.agents import current_code
from services.journeys.demo_county.plan import make_plan
from services.journeys.demo_county.stories import DemoHousehold
from services.journeys.seed_county import DemoAgent, SeededCounty, seed
from trials.stack import Stack, whole_stack

CUSTOMERS = 60
PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "locale": "zh-CN", "has_touch": True}
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}, "locale": "en-GB"}


@dataclass
class Town:
    """The installation and its people. 陈静 (zh-CN) has two accounts, Emma Carter (en) one."""

    stack: Stack
    county: SeededCounty

    @property
    def url(self) -> str:
        return self.stack.settings.public_url

    def household(self, language: str) -> DemoHousehold:
        return next(h for h in self.county.households if h.language == language)

    @property
    def agent(self) -> DemoAgent:
        return self.county.agents[0]

    def value(self, query: str, **params: object) -> Any:
        with self.stack.ports.db.read() as reader:
            return reader.scalar(text(query), params)

    def messages(self, phone: str) -> list[dict[str, Any]]:
        """Return what was texted to a phone, newest first, as `/_sim/messages` tells programs."""
        answer = requests.get(
            f"{self.url}/_sim/messages", params={"to": phone}, headers={"Accept": "application/json"}, timeout=10
        )
        return list(answer.json())

    def newest_text(self, phone: str, mark: str, *, known: int = 0) -> str:
        """Wait for a text with a mark in it beyond the `known` ones."""
        for _ in range(100):
            found = [message["body"] for message in self.messages(phone) if mark in message["body"]]
            if len(found) > known:
                return str(found[0])
            time.sleep(0.1)
        raise AssertionError(f"no text with {mark!r} reached {phone}: {json.dumps(self.messages(phone))[:500]}")

    def sign_in(self, page: Any, phone: str) -> None:
        """Register or sign in by phone and the code of the text message."""
        known = len(self.messages(phone))
        page.goto(f"{self.url}/sign-in")
        page.fill("#phone", phone)
        page.wait_for_timeout(2_100)
        page.click("main button")
        page.wait_for_url("**/sign-in/code")
        for _ in range(100):
            texts = self.messages(phone)
            if len(texts) > known:
                break
            page.wait_for_timeout(100)
        digits = "".join(ch if ch.isdigit() else " " for ch in texts[0]["body"]).split()
        page.fill("#code", next(group for group in digits if len(group) == 6))
        page.click("main button")
        page.wait_for_url(lambda url: "/sign-in" not in url)

    def take_over(self, page: Any) -> None:
        """Take over every account that is offered because its phone is on file."""
        page.goto(f"{self.url}/accounts")
        while page.locator("form[action='/accounts/offered']").count():
            page.locator("form[action='/accounts/offered'] button").first.click()
            page.goto(f"{self.url}/accounts")

    def hold_by_paper(self, page: Any, household: DemoHousehold, *, nth: int = 0) -> str:
        """Add a household's account by the code on its paper bill and open it; returns its number."""
        paper = household.accounts[nth]
        page.goto(f"{self.url}/accounts")
        page.fill("#account", paper.account_number)
        page.fill("#code", paper.paper_code.lower())
        page.locator("form:has(#code) button").click()
        page.goto(f"{self.url}/accounts/{paper.account_number}")
        return paper.account_number

    def enter_console(self, page: Any, agent: DemoAgent | None = None) -> None:
        """Sign an agent in with password and the code of the moment, as `/_sim/` shows it; a code opens once."""
        who = agent or self.agent
        for _ in range(40):
            with self.stack.ports.db.read() as reader:
                code = current_code(reader, who.username, utc_now())
            page.goto(f"{self.url}/console/sign-in")
            page.fill("#username", who.username)
            page.fill("#password", who.password)
            page.fill("#code", code or "")
            page.click("main button")
            if "/sign-in" not in page.url:
                return
            page.wait_for_timeout(2_000)
        raise AssertionError("the agent could not sign in")

    def open_account(self, *, skip: int = 0) -> str:
        """Return the number of an account, none of the demo households', with one open bill."""
        own = [a.account_number for h in self.county.households for a in h.accounts]
        return str(
            self.value(
                """
                SELECT a.account_number FROM receivable r JOIN account a ON a.id = r.account_id
                WHERE r.open_minor > 2000 AND NOT a.account_number = ANY(:own) AND NOT EXISTS (
                    SELECT FROM payment p WHERE p.account_id = a.id AND p.state IN ('open', 'processing'))
                GROUP BY a.id HAVING count(*) = 1 ORDER BY a.id LIMIT 1 OFFSET :skip
                """,
                own=own,
                skip=skip,
            )
        )


@contextmanager
def town(customers: int = CUSTOMERS) -> Iterator[Town]:
    """Start everything and seed the county; all is gone when the block ends."""
    with whole_stack(lambda _line: None) as stack:
        settings, now = stack.settings, utc_now()
        plan = make_plan(customers=customers, seed=1, until=None, now=now, zone=settings.zone)
        county = seed(
            stack.ports.db,
            plan,
            folder=settings.data / "county",
            now=now,
            zone=settings.zone,
            currency=settings.currency,
        )
        yield Town(stack, county)
