"""Progress of long work on the terminal: one line a step, on stderr, nothing when a program reads our output."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn

from kernel.i18n import N_, _

_WORDS = {
    "write": N_("Writing the county"),
    "read": N_("Reading the files"),
    "check": N_("Checking"),
    "store": N_("Storing"),
    "bill": N_("Billing and paying past months"),
}


@contextmanager
def steps(*, quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    """Give a function that is told (step, done, of how much) and draws it."""
    if quiet:
        yield lambda step, done, total: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bars:
        tasks: dict[str, TaskID] = {}

        def tell(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(_(_WORDS[step]), total=total)
            bars.update(tasks[step], completed=done, total=total)

        yield tell
