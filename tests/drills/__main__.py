"""`make drill`: every drill, or those named: `make drill ARGS="C2"`, `make drill ARGS="C1 --minutes 2"`.

Works on a database of its own; ends with 1 when a figure was missed or its control did not fail.
"""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tests.drills.results import Result, table
from tests.drills.scratch import scratch

if TYPE_CHECKING:
    from criteria.models import SubItem


def c1(folder: Path, options: Namespace) -> list[Result]:
    from tests.drills import officers

    return officers.drill(catalogue(), folder, options.minutes)


def c2(folder: Path, options: Namespace) -> list[Result]:
    from tests.drills import processes

    return processes.drill(catalogue())


def c3(folder: Path, options: Namespace) -> list[Result]:
    from tests.drills import numbers, steps

    return [*steps.drill(catalogue(), options.count or 100), *numbers.race_drill(options.count or 100)]


def c4(folder: Path, options: Namespace) -> list[Result]:
    from tests.drills import numbers

    return numbers.numbers_drill(options.count or numbers.EACH)


def c5(folder: Path, options: Namespace) -> list[Result]:
    from tests.drills import steps

    return steps.resend_drill(catalogue(), options.count or 1000)


def c6(folder: Path, options: Namespace) -> list[Result]:
    from tests.drills import falls, numbers

    return [*falls.drill(catalogue(), options.count or 200), *numbers.kill_drill()]


def c7(folder: Path, options: Namespace) -> list[Result]:
    from tests.drills import syncs

    return syncs.drill(catalogue(), folder, options.count or 100)


def c9(folder: Path, options: Namespace) -> list[Result]:
    from tests.drills import evening

    return evening.drill(catalogue(), folder, options.count or evening.REPORTS)


def u7(folder: Path, options: Namespace) -> list[Result]:
    from tests.drills import kills

    return kills.drill(catalogue(), options.count or kills.KILLS)


def p1(folder: Path, options: Namespace) -> list[Result]:
    from tests.drills import signatures

    return signatures.drill(folder, options.count or signatures.FLIPS)


# In the order in which they run. All work in one database, each on units of its own.
DRILLS: dict[str, Callable[[Path, Namespace], list[Result]]] = {
    "C1": c1,
    "C2": c2,
    "C3": c3,
    "C4": c4,
    "C5": c5,
    "C6": c6,
    "C7": c7,
    "C9": c9,
    "U7": u7,
    "P1": p1,
}


@cache
def catalogue() -> "list[SubItem]":
    """The set in force, made by the drill that asks first."""
    from tests.drills.matrix import make_catalogue

    return make_catalogue()


def main(arguments: list[str]) -> int:
    parser = ArgumentParser(
        prog="make drill", description="Long trials under many writers, kills, slow lines and forgeries."
    )
    parser.add_argument("wanted", nargs="*", metavar="ID", help=f"{', '.join(DRILLS)}; all when none is named")
    parser.add_argument("--minutes", type=float, default=10, help="how long the officers of C1 work")
    parser.add_argument("--count", type=int, help="fewer trials than the figure asks for")
    options = parser.parse_args(arguments)
    if unknown := set(options.wanted) - set(DRILLS):
        parser.error(f"no such drill: {', '.join(sorted(unknown))}")
    results: list[Result] = []
    with scratch() as folder:
        for name in options.wanted or DRILLS:
            results += DRILLS[name](folder, options)
    print(table(results))
    return 1 if any(result.reached is False for result in results) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
