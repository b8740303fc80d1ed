"""The one thread that lets time pass: checkouts expire, money arrives, messages travel, callbacks go.

Started by the simulators' own process only; pages served by other processes just write rows.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import datetime

from backends.simulators.deliveries import Deliverer

log = logging.getLogger(__name__)
PAUSE = 0.1

Advance = Callable[[datetime], None]


class DeliveryLoop:
    """Calls every `advance` and then the deliverer, until it is stopped."""

    def __init__(self, clock: Callable[[], datetime], advances: Sequence[Advance], deliverer: Deliverer):
        self._clock = clock
        self._advances = advances
        self._deliverer = deliverer
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="simulators", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Stop after the step that is being made."""
        self._stopped.set()
        self._thread.join()
        self._deliverer.close()

    def step(self) -> int:
        """Let everything happen that is due; returns how many callbacks were tried."""
        now = self._clock()
        for advance in self._advances:
            advance(now)
        return self._deliverer.deliver_due(now)

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                tried = self.step()
            except Exception:
                # A locked file or a full disk passes; the vendors must go on.
                log.exception("the simulators' loop stumbled")
                tried = 0
            if not tried:
                self._stopped.wait(PAUSE)
