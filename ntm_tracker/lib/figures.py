"""Figures as Vietnamese officials write them: decimal comma, dot for thousands, half up."""

from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

TENTH = Decimal("0.1")


def percent(part: int, whole: int) -> Decimal:
    """Return `part` of `whole` in percent to one decimal, half up; of nothing, zero.

    12 of 19 is 63.2 (notice of 05/4/2023: "12/19 tiêu chí (đạt 63,2%)").
    """
    if not whole:
        return Decimal("0.0")
    return (Decimal(part) * 100 / Decimal(whole)).quantize(TENTH, ROUND_HALF_UP)


def vn_decimal(value: Decimal | int | None, places: int | None = None) -> str:
    """Return "1.234,5": `places` decimals half up, or as many as the value needs; None is ""."""
    if value is None:
        return ""
    number = Decimal(value)
    if places is not None:
        number = number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    elif number == number.to_integral_value():
        number = number.quantize(Decimal(1))
    else:
        number = number.normalize()
    return f"{number:,f}".translate(str.maketrans(",.", ".,"))


def vn_amount(value: Decimal | int | None, unit: str) -> str:
    """Return "63,2%", "42 triệu đồng/người/năm", without a unit the figure alone; None is ""."""
    if value is None:
        return ""
    return f"{vn_decimal(value)}{unit if unit in ('', '%') else f' {unit}'}"


@lru_cache(maxsize=4096)
def vn_percent(part: int, whole: int) -> str:
    """Return "63,2%"."""
    return f"{vn_decimal(percent(part, whole), 1)}%"
