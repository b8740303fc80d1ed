"""A site whose hooks vendors call: keeps every request as it came and answers what the test says."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

PATIENCE = 10.0


@dataclass(frozen=True)
class Call:
    """`path` with its query, as the vendor asked for it; header names in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


@dataclass
class Hooks:
    """`statuses` are answered first, one a call; then 200."""

    calls: list[Call] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    url: str = ""

    def wait_for(self, wanted: Callable[[Call], bool], patience: float = PATIENCE) -> Call:
        """Return the first call that fits, waiting for it."""
        ends = time.monotonic() + patience
        while time.monotonic() < ends:
            for call in list(self.calls):
                if wanted(call):
                    return call
            time.sleep(0.02)
        raise AssertionError(f"no such call came; {[call.path for call in self.calls]} did")

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def start(self) -> "Hooks":
        hooks = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                status = hooks.statuses.pop(0) if hooks.statuses else 200
                hooks.calls.append(Call(self.path, headers, body))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self
