"""A process of the simulators, as a program of its own: `python vendors.py FILE SITE`; prints its port when it serves.

Started by test_kill.py, which kills it without warning.
"""

import sys
from pathlib import Path

from werkzeug.serving import make_server

from backends.cards.stripe import API_VERSION
from backends.cards.stripe_events import EVENT_KINDS
from backends.simulators.app import make_simulators
from backends.simulators.config import SimulatorsConfig
from tests.simulators.world import KEY, SECRET, SERVICE, SID, TOKEN


def main(file: str, site: str) -> None:
    server = make_server("127.0.0.1", 0, lambda *call: app(*call), threaded=True)
    config = SimulatorsConfig(
        file=Path(file), public_base=f"http://127.0.0.1:{server.server_port}", public_url=site, stripe_key=KEY,
        stripe_webhook_secret=SECRET, stripe_api_version=API_VERSION, stripe_events=tuple(EVENT_KINDS),
        twilio_account_sid=SID, twilio_auth_token=TOKEN, twilio_sender=SERVICE,
    )  # fmt: skip
    simulators = make_simulators(config)
    app = simulators.app
    simulators.loop.start()
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
