"""The table of the drills."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass

WORDS = {True: "đạt", False: "chưa đạt", None: ""}


@dataclass(frozen=True)
class Result:
    """One line: a figure, what was found, what the broken variant gave; `reached` is None where it is only told."""

    id: str
    figure: str
    found: str
    control: str
    reached: bool | None


HEAD = ("", "figure", "found", "control", "")


def table(results: Sequence[Result]) -> str:
    """Return the results as plain text, one line each."""
    lines = [HEAD, *((*astuple(result)[:4], WORDS[result.reached]) for result in results)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )
