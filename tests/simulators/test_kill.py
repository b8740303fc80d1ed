"""The stand-ins keep their word when they are killed, and when several processes share their file."""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Thread

import pytest
from werkzeug.serving import make_server

from backends.cards.stripe import StripeCards
from backends.messages.twilio import TwilioMessages
from services.messages.ports import OutgoingMessage
from tests.simulators.paying import choose
from tests.simulators.world import KEY, SECRET, SERVICE, SID, TOKEN, Hook, request_for

ROOT = Path(__file__).parents[2]


class Vendors:
    """One process of the simulators; `kill` is kill -9."""

    def __init__(self, file: Path, site: str):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.simulators.vendors", str(file), site],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        here = f"http://127.0.0.1:{int(self.process.stdout.readline())}"
        self.cards = StripeCards(KEY, SECRET, api_base=f"{here}/stripe", timeout=(5, 5))
        self.messages = TwilioMessages(SID, TOKEN, SERVICE, public_url=site, api_base=f"{here}/twilio")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def site() -> Iterator[tuple[Hook, str]]:
    hook = Hook()
    server = make_server("127.0.0.1", 0, hook.app, threaded=True)
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield hook, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def start(tmp_path: Path, site: tuple[Hook, str]) -> Iterator[Callable[[], Vendors]]:
    started: list[Vendors] = []

    def start_one() -> Vendors:
        started.append(Vendors(tmp_path / "simulators.sqlite", site[1]))
        return started[-1]

    yield start_one
    for vendors in started:
        if vendors.process.poll() is None:
            vendors.kill()


def _wait(until: Callable[[], bool]) -> None:
    ends = time.monotonic() + 20
    while not until() and time.monotonic() < ends:
        time.sleep(0.05)
    assert until()


def test_what_was_answered_survives_a_kill(start: Callable[[], Vendors], site: tuple[Hook, str]) -> None:
    hook, _ = site
    hook.status = 503
    first = start()
    made = first.cards.create_checkout(request_for("P-100"))
    choose(made, "succeed")
    text = OutgoingMessage("M-1", "+8613800000001", "Paid.")
    sent = first.messages.send(text)
    first.kill()
    second = start()
    assert second.cards.find_checkout(made.checkout_id).payment_status == "paid"
    assert second.cards.create_checkout(request_for("P-100")).checkout_id == made.checkout_id
    assert second.messages.send(OutgoingMessage("M-2", "+8613800000001", "Paid more.")).vendor_id != sent.vendor_id
    hook.status = 200
    _wait(lambda: {p.form.get("MessageStatus") for p in hook.posted} >= {"sent", "delivered"})
    _wait(lambda: sum(b"checkout.session.completed" in p.body for p in hook.posted) >= 1)


def test_a_kill_at_any_moment_loses_no_event(start: Callable[[], Vendors], site: tuple[Hook, str]) -> None:
    hook, _ = site
    attempts = [f"P-{number}" for number in range(12)]
    for part in range(3):
        vendors = start()
        for attempt in attempts[part * 4 : part * 4 + 4]:
            choose(vendors.cards.create_checkout(request_for(attempt)), "succeed")
        vendors.kill()
    reader = start().cards

    def told() -> Counter[str | None]:
        events = [reader.read_event(posted.body) for posted in list(hook.posted)]
        return Counter(event.attempt for event in events if event.kind == "completed")

    # A delivery claimed at the kill is made again when its claim has run out.
    ends = time.monotonic() + 40
    while len(told()) < len(attempts) and time.monotonic() < ends:
        time.sleep(0.1)
    assert set(told()) == set(attempts)


def test_two_processes_share_one_file_and_open_one_checkout(start: Callable[[], Vendors]) -> None:
    one, other = start(), start()
    with ThreadPoolExecutor(8) as threads:
        asked = [
            threads.submit(vendors.cards.create_checkout, request_for(f"P-{number}"))
            for number in range(10)
            for vendors in (one, other)
        ]
        made = [each.result() for each in asked]
    by_attempt = {(checkout.attempt, checkout.checkout_id) for checkout in made}
    assert len(by_attempt) == 10


def test_two_loops_deliver_an_event_once(start: Callable[[], Vendors], site: tuple[Hook, str]) -> None:
    one, _other = start(), start()
    for number in range(10):
        choose(one.cards.create_checkout(request_for(f"P-{number}")), "succeed")
    _wait(lambda: len(site[0].posted) >= 20)
    time.sleep(1)
    events = Counter(one.cards.read_event(posted.body).event_id for posted in site[0].posted)
    assert set(events.values()) == {1}
    assert len(events) == 20
