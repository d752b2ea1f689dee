"""The matrix on which the drills write: communes × measured sub-items of one set."""

from dataclasses import dataclass

from django.db import transaction

from communes.models import Authority, Commune
from criteria.enums import Comparator, SubItemKind, ThresholdState
from criteria.models import SubItem
from tests.factories import make_authority, make_commune, make_criteria_set, make_criterion, make_sub_item

UNIT = "km"


@dataclass(frozen=True)
class Matrix:
    authority: Authority
    communes: list[Commune]
    sub_items: list[SubItem]


@transaction.atomic
def make_catalogue(criteria: int = 19, each: int = 3) -> list[SubItem]:
    """A set in force on every day with amounts without thresholds: no value then asks for a reason."""
    criteria_set = make_criteria_set(criteria=0, effective_to=None)
    numbers = [make_criterion(criteria_set=criteria_set) for _ in range(criteria)]
    measured = {
        "kind": SubItemKind.AMOUNT,
        "unit": UNIT,
        "comparator": Comparator.AT_LEAST,
        "threshold_state": ThresholdState.NOT_FOUND,
    }
    return [make_sub_item(criterion=criterion, **measured) for criterion in numbers for _ in range(each)]


@transaction.atomic
def make_matrix(sub_items: list[SubItem], communes: int = 20) -> Matrix:
    """The empty matrix of a new district."""
    authority = make_authority()
    return Matrix(authority, [make_commune(authority=authority) for _ in range(communes)], sub_items)
