"""Arithmetic of progress: statuses in, counts out. No database."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from operator import attrgetter
from typing import Self

from criteria.enums import FULFILLED
from ntm_tracker.lib.figures import vn_percent


@dataclass(frozen=True)
class Score:
    """How many of a number of sub-items are met; `not_applicable` counts as met."""

    met: int
    total: int

    @cached_property
    def is_met(self) -> bool:
        """A criterion is met when every one of its sub-items is (rules of the programme)."""
        return self.total > 0 and self.met == self.total

    @property
    def missing(self) -> int:
        return self.total - self.met

    @property
    def quarters(self) -> int:
        """How deep a cell is filled: 0 for nothing met, 4 for everything, else the share in quarters, at least 1."""
        if not self.met:
            return 0
        return 4 if self.is_met else max(1, self.met * 4 // self.total)


MET, TOTAL, IS_MET = attrgetter("met"), attrgetter("total"), attrgetter("is_met")


@dataclass(frozen=True)
class Progress:
    """Criteria and sub-items met, of how many."""

    criteria_met: int
    criteria_total: int
    sub_items_met: int
    sub_items_total: int

    @classmethod
    def of(cls, scores: Iterable[Score]) -> Self:
        """Sum the scores of the criteria of one unit."""
        rows = list(scores)
        return cls(
            criteria_met=sum(map(IS_MET, rows)),
            criteria_total=len(rows),
            sub_items_met=sum(map(MET, rows)),
            sub_items_total=sum(map(TOTAL, rows)),
        )

    @classmethod
    def sum(cls, units: Iterable["Progress"]) -> Self:
        """Add up the progress of several units."""
        rows = list(units)
        return cls(
            criteria_met=sum(row.criteria_met for row in rows),
            criteria_total=sum(row.criteria_total for row in rows),
            sub_items_met=sum(row.sub_items_met for row in rows),
            sub_items_total=sum(row.sub_items_total for row in rows),
        )

    @property
    def criteria_missing(self) -> int:
        return self.criteria_total - self.criteria_met

    @property
    def sub_items_missing(self) -> int:
        return self.sub_items_total - self.sub_items_met

    @property
    def is_complete(self) -> bool:
        return self.criteria_total > 0 and self.criteria_met == self.criteria_total

    @property
    def criteria_phrase(self) -> str:
        """ "12/19 tiêu chí (đạt 63,2%)", as notices write it."""
        share = vn_percent(self.criteria_met, self.criteria_total)
        return f"{self.criteria_met}/{self.criteria_total} tiêu chí (đạt {share})"

    @property
    def sub_items_phrase(self) -> str:
        """ "42/57 nội dung (đạt 73,7%)"."""
        share = vn_percent(self.sub_items_met, self.sub_items_total)
        return f"{self.sub_items_met}/{self.sub_items_total} nội dung (đạt {share})"

    @property
    def phrase(self) -> str:
        """Both, as point I.3 of the notice of 05/4/2023 writes them."""
        return f"{self.criteria_phrase}, {self.sub_items_phrase}"


def is_fulfilled(status: str | None) -> bool:
    return status in FULFILLED


def scores(totals: Mapping[int, int], fulfilled: Mapping[int, int]) -> dict[int, Score]:
    """Return the score of each criterion from its number of sub-items and of fulfilled ones.

    Both mappings go by the criterion's key; a criterion nobody has assessed has none fulfilled.
    """
    return {key: score(fulfilled.get(key, 0), total) for key, total in totals.items()}


@lru_cache(maxsize=1024)
def score(met: int, total: int) -> Score:
    """Return the score; a table of thousands has few different ones, each is made once."""
    return Score(met, total)
