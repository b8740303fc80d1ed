"""What a payer does on the stand-in's pay page, without JavaScript and without following the way back."""

import requests

from services.payments.ports import Checkout


def choose(checkout: Checkout, outcome: str, *, method: str = "card") -> requests.Response:
    """Press one of the page's buttons; the way back is returned, not followed."""
    assert checkout.url is not None
    return _post(checkout.url, {"outcome": outcome, "method": method})


def prove(checkout: Checkout, answer: str) -> requests.Response:
    """Answer the bank's question: pass or fail."""
    return _post(f"{checkout.url}/proof", {"proof": answer})


def _post(url: str, form: dict[str, str]) -> requests.Response:
    answer = requests.post(url, data=form, allow_redirects=False, timeout=5)
    assert answer.status_code == 303
    return answer
