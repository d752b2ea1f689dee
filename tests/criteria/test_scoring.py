"""Arithmetic of progress."""

import pytest

from criteria.scoring import Progress, Score, scores


def test_a_criterion_is_met_only_when_every_sub_item_is():
    assert Score(4, 4).is_met
    assert not Score(3, 4).is_met
    assert not Score(0, 0).is_met


@pytest.mark.parametrize(
    ("met", "total", "quarters"),
    [(0, 4, 0), (0, 0, 0), (1, 9, 1), (1, 4, 1), (2, 4, 2), (5, 9, 2), (3, 4, 3), (8, 9, 3), (4, 4, 4), (1, 1, 4)],
)
def test_a_cell_is_full_only_when_all_is_met_and_empty_only_when_nothing_is(met, total, quarters):
    assert Score(met, total).quarters == quarters
    assert Score(met, total).missing == total - met


def test_progress_reads_as_notices_write_it():
    rows = [Score(1, 1)] * 12 + [Score(5, 9)] * 5 + [Score(0, 0)] * 2
    progress = Progress.of(rows)
    assert progress.criteria_phrase == "12/19 tiêu chí (đạt 63,2%)"
    assert Progress(12, 19, 42, 57).phrase == "12/19 tiêu chí (đạt 63,2%), 42/57 nội dung (đạt 73,7%)"
    assert (Progress(12, 19, 42, 57).criteria_missing, Progress(12, 19, 42, 57).sub_items_missing) == (7, 15)


def test_a_criterion_nobody_assessed_counts_with_nothing_met():
    assert scores({1: 2, 2: 3}, {1: 2}) == {1: Score(2, 2), 2: Score(0, 3)}


def test_complete_means_every_criterion():
    assert Progress(19, 19, 57, 57).is_complete
    assert Progress(1, 1, 2, 2).is_complete
    assert not Progress(18, 19, 56, 57).is_complete
    assert not Progress(0, 0, 0, 0).is_complete
