"""`make drill`: every drill, or those named: `make drill ARGS="C2"`, `make drill ARGS="C1 --minutes 2"`.

Works on a database of its own; ends with 1 when a figure was missed or its control did not fail.
"""

import sys
from argparse import ArgumentParser

from tests.drills.results import Result, table
from tests.drills.scratch import scratch


def main(arguments: list[str]) -> int:
    parser = ArgumentParser(prog="make drill", description="Long trials under many writers.")
    parser.add_argument("wanted", nargs="*", metavar="ID", help="C1, C2; all when none is named")
    parser.add_argument("--minutes", type=float, default=10, help="how long the officers of C1 work")
    options = parser.parse_args(arguments)
    if unknown := set(options.wanted) - {"C1", "C2"}:
        parser.error(f"no such drill: {', '.join(sorted(unknown))}")
    results: list[Result] = []
    with scratch() as folder:
        from tests.drills import officers, processes
        from tests.drills.matrix import make_catalogue

        sub_items = make_catalogue()
        if not options.wanted or "C1" in options.wanted:
            results += officers.drill(sub_items, folder, options.minutes)
        if not options.wanted or "C2" in options.wanted:
            results += processes.drill(sub_items)
    print(table(results))
    return 1 if any(result.reached is False for result in results) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
