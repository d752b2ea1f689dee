"""The harness compares what it says it compares."""

import pytest

from tests.benchmarks.harness import MISSED, Bench, Result, measure, returned, table


def bench(ours=1, against=1, **options):
    return Bench(
        "X1",
        "thử",
        lambda: ours,
        against and (lambda: against),
        **{"target": 0.5, "figure": returned, "unit": "B", **options},
    )


def test_both_sides_run_equally_often_and_take_turns_in_beginning():
    order = []
    measure(bench(repeats=4, figure=lambda call: order.append(call()) or 1.0, ours="A", against="B"))
    assert order == ["A", "B", "B", "A", "A", "B", "B", "A"]


def test_one_outlier_does_not_move_the_result():
    figures = iter([9, 9, 1, 1, 1, 1, 500, 1, 1, 1, 1, 1])
    result = measure(bench(repeats=5, figure=lambda call: float(next(figures))))
    assert result.ratio == 1


@pytest.mark.parametrize(("ours", "missed"), [(40, False), (50, False), (51, True)])
def test_a_missed_target_is_marked(ours, missed):
    result = measure(bench(ours=ours, against=100))
    assert result.missed is missed
    assert (MISSED in table([result])) is missed


def test_the_table_shows_ratio_and_target_beside_each_other():
    assert "0.40 ×  ≤ 0.50 ×" in table([Result(bench(), 40.0, 100.0)])


@pytest.mark.parametrize(("took", "missed"), [(0.039, False), (0.041, True)])
def test_an_absolute_figure_is_held_against_its_own_unit(took, missed):
    result = measure(bench(ours=took, against=None, target=40, unit="ms"))
    assert result.missed is missed
    assert f"{took * 1000:.1f} ms" in table([result])
    assert "≤ 40 ms" in table([result])
