"""Which level counts, and what a value says about it."""

from dataclasses import dataclass
from decimal import Decimal

import pytest

from criteria.enums import Comparator, Status
from criteria.thresholds import Level, level_text, parts_text, proposed_status, required_levels

COMMON = Level(Decimal(51), year=2023)
NORTH_CENTRAL = Level(Decimal(42), zone="BTB", year=2023)
PROVINCE = Level(Decimal(45), of_province=True)
LARGE = Level(Decimal(70), condition="xã có hơn 3 trường")
SMALL = Level(Decimal(50), condition="xã có từ 3 trường trở xuống")


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ([COMMON], [COMMON]),
        ([COMMON, NORTH_CENTRAL], [NORTH_CENTRAL]),
        ([NORTH_CENTRAL, PROVINCE, COMMON], [PROVINCE]),
        ([Level(Decimal(1), zone="TN"), Level(Decimal(2), year=2024)], []),
        ([LARGE, SMALL], [LARGE, SMALL]),
        ([], []),
    ],
)
def test_the_most_particular_level_counts(levels, expected):
    assert required_levels(levels, zone="BTB", year=2023) == expected


ALL_PARTS, MEN, WOMEN = Level(Decimal(70)), Level(Decimal(60), part="nam"), Level(Decimal(65), part="nu")
MEN_THIS_YEAR, OF_THE_ZONE = Level(Decimal(62), part="nam", year=2023), Level(Decimal(50), zone="BTB")
THIS_YEAR = Level(Decimal(55), year=2023)


@pytest.mark.parametrize(
    ("levels", "part", "expected"),
    [
        ([ALL_PARTS, MEN, WOMEN], "nam", MEN),
        ([WOMEN, MEN, ALL_PARTS], "nam", MEN),
        ([ALL_PARTS, MEN, WOMEN], "tre", ALL_PARTS),
        ([MEN, ALL_PARTS, WOMEN], None, ALL_PARTS),
        ([MEN_THIS_YEAR, MEN], "nam", MEN_THIS_YEAR),
        ([MEN, OF_THE_ZONE], "nam", MEN),
        ([OF_THE_ZONE, MEN], "nam", MEN),
        ([THIS_YEAR, ALL_PARTS], None, THIS_YEAR),
        ([OF_THE_ZONE, THIS_YEAR], None, OF_THE_ZONE),
    ],
)
def test_a_part_has_its_own_level_and_that_of_another_part_never_counts(levels, part, expected):
    assert required_levels(levels, zone="BTB", year=2023, part=part) == [expected]


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ([COMMON], [COMMON]),
        ([COMMON, NORTH_CENTRAL], []),
        ([NORTH_CENTRAL, COMMON], []),
        ([NORTH_CENTRAL, PROVINCE, COMMON], [PROVINCE]),
        ([NORTH_CENTRAL], []),
    ],
)
def test_without_a_zone_a_level_counts_only_where_no_zone_has_its_own(levels, expected):
    assert required_levels(levels, zone=None, year=2023) == expected


@pytest.mark.parametrize(
    ("comparator", "value", "status"),
    [
        (Comparator.AT_LEAST, "42", Status.MET),
        (Comparator.AT_LEAST, "41.9", Status.NOT_MET),
        (Comparator.AT_MOST, "42", Status.MET),
        (Comparator.AT_MOST, "42.1", Status.NOT_MET),
    ],
)
def test_a_value_on_the_threshold_meets_it(comparator, value, status):
    values = {None: Decimal(value)}
    assert proposed_status(comparator=comparator, levels={None: [NORTH_CENTRAL]}, values=values) == status


def test_an_unknown_threshold_proposes_nothing():
    values = {None: Decimal(100)}
    assert proposed_status(comparator=Comparator.AT_LEAST, levels={None: []}, values=values) is None


def test_women_and_men_must_both_pass():
    levels = {"nam": [Level(Decimal(70))], "nu": [Level(Decimal(70))]}

    def propose(men, women):
        return proposed_status(comparator=Comparator.AT_LEAST, levels=levels, values={"nam": men, "nu": women})

    assert propose(Decimal(75), Decimal(71)) == Status.MET
    assert propose(Decimal(75), Decimal(69)) == Status.NOT_MET
    assert propose(Decimal(75), None) is None
    assert propose(Decimal(60), None) == Status.NOT_MET


@pytest.mark.parametrize(("value", "status"), [("75", Status.MET), ("60", None), ("40", Status.NOT_MET)])
def test_where_the_condition_decides_nothing_is_proposed(value, status):
    levels, values = {None: [LARGE, SMALL]}, {None: Decimal(value)}
    assert proposed_status(comparator=Comparator.AT_LEAST, levels=levels, values=values) == status


def test_a_level_is_written_with_its_sign_unit_and_condition():
    assert level_text(LARGE, Comparator.AT_LEAST, "%") == "≥ 70% (xã có hơn 3 trường)"
    assert level_text(Level(Decimal("2.5")), Comparator.AT_MOST, "m²/người") == "≤ 2,5 m²/người"


@dataclass(frozen=True)
class Measured:
    """One of several tests of a sub-item."""

    code: str
    name: str
    position: int


def test_values_of_parts_are_told_in_the_order_of_the_parts():
    parts = [Measured("nu", "Nữ", 2), Measured("tre", "Trẻ em", 3), Measured("nam", "Nam", 1)]
    values = {"nu": Decimal(65), "nam": Decimal("71.5")}
    assert parts_text(values, parts, "%") == "Nam: 71,5%; Nữ: 65%"
    assert parts_text({}, parts, "%") == ""


def test_a_value_that_outlived_its_part_is_told_by_its_code():
    values = {"cu": Decimal(50), "nam": Decimal("71.5")}
    assert parts_text(values, [Measured("nam", "Nam", 1)], "%") == "Nam: 71,5%; cu: 50%"
