"""Ratios: ours and the other alternate in one run, the medians are compared.

A figure in seconds says as much about the machine as about the code; a ratio to something well known,
taken in the same minutes on the same machine, can be repeated anywhere. The few absolute figures that are
promised stand beside them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median
from time import perf_counter, process_time
from typing import Any

REPEATS = 15
MISSED = "chưa đạt"


def seconds(call: Callable[[], Any]) -> float:
    started = perf_counter()
    call()
    return perf_counter() - started


def cpu_seconds(call: Callable[[], Any]) -> float:
    """What the call itself computes in this process, whatever else the machine does meanwhile."""
    started = process_time()
    call()
    return process_time() - started


def returned(call: Callable[[], Any]) -> float:
    """The figure that the call itself gives: bytes, kilobytes of memory."""
    return float(call())


@dataclass(frozen=True)
class Bench:
    """One row: `ours` may take at most `target` times what `against` takes; without it, at most `target` units."""

    id: str
    description: str
    ours: Callable[[], Any]
    against: Callable[[], Any] | None
    target: float
    repeats: int = REPEATS
    figure: Callable[[Callable[[], Any]], float] = seconds
    unit: str = "ms"


@dataclass(frozen=True)
class Result:
    bench: Bench
    ours: float
    against: float | None

    @property
    def ratio(self) -> float | None:
        return self.ours / self.against if self.against is not None else None

    @property
    def missed(self) -> bool:
        found = self.ratio if self.ratio is not None else self.ours * scale(self.bench)
        return found > self.bench.target


def scale(bench: Bench) -> int:
    """How many of the row's units are one of what its figure gives."""
    return 1000 if bench.unit == "ms" else 1


def measure(bench: Bench) -> Result:
    """Call both once unmeasured, then in turns, each beginning every other time."""
    calls = [call for call in (bench.ours, bench.against) if call]
    figures: dict[Callable[[], Any], list[float]] = {call: [] for call in calls}
    for call in calls:
        call()
    for turn in range(bench.repeats):
        for call in calls if turn % 2 == 0 else reversed(calls):
            figures[call].append(bench.figure(call))
    ours, *against = (median(figures[call]) for call in calls)
    return Result(bench, ours, *(against or [None]))


HEAD = ("", "what", "ours", "against", "ratio", "target", "")


def table(results: Iterable[Result]) -> str:
    """Return the results as plain text, one line each, what missed its target marked."""
    lines = [HEAD, *(line(result) for result in results)]
    widths = [max(len(row[column]) for row in lines) for column in range(len(HEAD))]
    return "\n".join(
        "  ".join(
            text.ljust(width) if column < 2 else text.rjust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in lines
    )


def line(result: Result) -> tuple[str, ...]:
    bench, by = result.bench, scale(result.bench)
    alone = result.against is None or result.ratio is None
    return (
        bench.id,
        bench.description,
        f"{result.ours * by:,.1f} {bench.unit}",
        "" if alone else f"{result.against * by:,.1f} {bench.unit}",
        "" if alone else f"{result.ratio:.2f} ×",
        f"≤ {bench.target:,.0f} {bench.unit}" if alone else f"≤ {bench.target:.2f} ×",
        MISSED if result.missed else "",
    )
