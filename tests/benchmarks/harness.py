"""Ratios: ours and the other alternate in one run, the medians are compared.

A figure in seconds says as much about the machine as about the code; a ratio to something well known,
taken in the same minutes on the same machine, can be repeated anywhere.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Any

REPEATS = 15
MISSED = "chưa đạt"


def seconds(call: Callable[[], Any]) -> float:
    started = perf_counter()
    call()
    return perf_counter() - started


def returned(call: Callable[[], Any]) -> float:
    """The figure that the call itself gives: bytes, kilobytes of memory."""
    return float(call())


@dataclass(frozen=True)
class Bench:
    """One row: `ours` may take at most `target` times what `against` takes."""

    id: str
    description: str
    ours: Callable[[], Any]
    against: Callable[[], Any]
    target: float
    repeats: int = REPEATS
    figure: Callable[[Callable[[], Any]], float] = seconds
    unit: str = "ms"


@dataclass(frozen=True)
class Result:
    bench: Bench
    ours: float
    against: float

    @property
    def ratio(self) -> float:
        return self.ours / self.against

    @property
    def missed(self) -> bool:
        return self.ratio > self.bench.target


def measure(bench: Bench) -> Result:
    """Call both once unmeasured, then in turns, each beginning every other time."""
    bench.ours(), bench.against()
    ours: list[float] = []
    against: list[float] = []
    for turn in range(bench.repeats):
        pair = [(bench.ours, ours), (bench.against, against)]
        for call, figures in pair if turn % 2 == 0 else reversed(pair):
            figures.append(bench.figure(call))
    return Result(bench, median(ours), median(against))


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
    bench, scale = result.bench, 1000 if result.bench.unit == "ms" else 1
    return (
        bench.id,
        bench.description,
        f"{result.ours * scale:,.1f} {bench.unit}",
        f"{result.against * scale:,.1f} {bench.unit}",
        f"{result.ratio:.2f} ×",
        f"≤ {bench.target:.2f} ×",
        MISSED if result.missed else "",
    )
