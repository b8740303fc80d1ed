"""One town for all browser tests."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kernel import crypto
from tests.browser.town import DESK, PHONE, Town, town


@pytest.fixture(scope="session")
def here() -> Iterator[Town]:
    with town() as made:
        yield made


@pytest.fixture(autouse=True)
def keys(here: Town) -> None:
    """The town's own keys, in place of those that other tests use."""
    settings = here.stack.settings
    crypto.use_keys(crypto.Keys({1: settings.encryption_key}, settings.hash_key))


@pytest.fixture
def open_page(chromium: Any) -> Iterator[Callable[..., Any]]:
    """Open pages in browsers of their own; a console error or a refused script fails the test."""
    contexts: list[Any] = []
    wrong: list[str] = []

    def open_one(kind: str = "phone", **options: Any) -> Any:
        context = chromium.new_context(**(PHONE if kind == "phone" else DESK) | options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        return page

    yield open_one
    for context in contexts:
        context.close()
    # A refused form answers 4xx, which the browser reports as a failed load: that is no fault of the page.
    assert [line for line in wrong if "the server responded with a status of 4" not in line] == []
