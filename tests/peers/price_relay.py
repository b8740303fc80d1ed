"""A relay before emulate's Stripe, which knows only Prices made beforehand: price_data becomes one on the way."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlencode

import requests

LINE = "line_items[0]"


@contextmanager
def price_relay(target: str) -> Iterator[str]:
    """Yield the address of a relay to `target`; every answer is passed back as it is."""

    class Relay(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = dict(parse_qsl(self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()))
            if f"{LINE}[price_data][unit_amount]" in form:
                form = _with_price(target, form)
            self._pass("POST", urlencode(form))

        def do_GET(self) -> None:
            self._pass("GET", None)

        def _pass(self, method: str, body: str | None) -> None:
            headers = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": "Bearer sk_test_peer"}
            answer = requests.request(
                method, target + self.path, data=body, headers=headers, timeout=10, allow_redirects=False
            )
            self.send_response(answer.status_code)
            self.send_header("Content-Type", answer.headers.get("Content-Type", "application/json"))
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Relay)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def _with_price(target: str, form: dict[str, str]) -> dict[str, str]:
    product = _make(target, "products", {"name": form[f"{LINE}[price_data][product_data][name]"]})
    price = {
        "product": product,
        "currency": form[f"{LINE}[price_data][currency]"],
        "unit_amount": form[f"{LINE}[price_data][unit_amount]"],
    }
    kept = {name: value for name, value in form.items() if not name.startswith(f"{LINE}[price_data]")}
    return kept | {f"{LINE}[price]": _make(target, "prices", price)}


def _make(target: str, kind: str, form: dict[str, str]) -> str:
    answer = requests.post(f"{target}/v1/{kind}", data=form, auth=("sk_test_peer", ""), timeout=10)
    answer.raise_for_status()
    return str(answer.json()["id"])
