"""A drill is worth what its comparison finds."""

import pytest

from tests.drills.ledger import Records, Written, compare
from tests.drills.results import Result, table

CELL = (1, 1)
FIRST, SECOND = Written(CELL, "a", seen=0), Written(CELL, "b", seen=1)


def records(*changes: tuple[int, str], current: tuple[int, str] | None = None) -> Records:
    return Records({CELL: current or changes[-1]}, {CELL: list(changes)})


def test_writes_upon_one_another_are_all_there():
    assert compare([FIRST, SECOND], records((1, "a"), (2, "b"))).clean


@pytest.mark.parametrize(
    ("acknowledged", "found", "lost"),
    [
        ([FIRST, SECOND], records((1, "a")), {"b"}),
        ([FIRST, Written(CELL, "b", seen=0)], records((1, "a"), (2, "b")), {"a"}),
        ([FIRST, SECOND], records((1, "a"), (2, "b"), current=(1, "a")), {"b"}),
        ([FIRST, SECOND], records((1, "a"), (2, "b"), (3, "b")), {"b"}),
        ([Written((1, 2), "c", seen=0)], Records({}, {}), {"c"}),
    ],
    ids=["no change recorded", "overwritten unseen", "the row says otherwise", "recorded twice", "nothing at all"],
)
def test_a_lost_write_is_named(acknowledged, found, lost):
    assert compare(acknowledged, found).lost == lost


@pytest.mark.parametrize(
    "found",
    [records((1, "a"), (2, "b"), (3, "ghost")), records((1, "a"), (3, "b")), records((1, "a"), (2, "b"), (2, "b"))],
    ids=["a change of which nobody was told", "a version left out", "a version twice"],
)
def test_a_change_that_cannot_be_explained_is_named(found):
    assert compare([FIRST, SECOND], found).unexplained


def test_the_table_says_what_was_missed():
    rows = table([Result("C1", "figure", "found", "control", True), Result("C2", "figure", "found", "control", False)])
    assert [line.split("  ")[-1] for line in rows.splitlines()[1:]] == ["đạt", "chưa đạt"]
