"""Ours against its limit, alternating in one process, so that a busy machine slows both alike."""

import gc
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

PAIRS = 7


@dataclass(frozen=True)
class Result:
    """`ratio` is how near `value` comes to `limit` (1: as fast); `must` and `aim` are what the ratio should reach."""

    name: str
    value: float
    unit: str
    limit: float
    ratio: float
    must: float
    aim: float
    size: int


def alternate(
    ours: Callable[[], Any],
    limit: Callable[[], Any],
    *,
    work: int,
    pairs: int = PAIRS,
    prepare: Callable[[], Any] = lambda: None,
) -> tuple[float, float, float]:
    """Run both in turn and return (work/s of ours, work/s of the limit, ratio) of the pair with the median ratio.

    One pair runs first without being counted: it warms caches and pages. `prepare` runs, untimed, before each.
    """
    measured = []
    for _ in range(pairs + 1):
        gc.collect()
        prepare()
        seconds = _time(ours)
        prepare()
        bare = _time(limit)
        measured.append((bare / seconds, work / seconds, work / bare))
    ratio, value, bound = sorted(measured[1:])[pairs // 2]
    return value, bound, ratio


def _time(run: Callable[[], Any]) -> float:
    start = perf_counter()
    run()
    return perf_counter() - start
