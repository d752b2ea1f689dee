"""Addresses below /reports/; a report is named by its commune's code and its month: /reports/17386/2023-04/."""

import re
from datetime import date

from django.urls import URLPattern, register_converter


class MonthConverter:
    """`2023-04` and the first day of that month."""

    regex = r"\d{4}-\d{2}"

    def to_python(self, value: str) -> date:
        if not re.fullmatch(r"(19|20)\d{2}-(0[1-9]|1[0-2])", value):
            raise ValueError(value)
        return date(int(value[:4]), int(value[5:]), 1)

    def to_url(self, value: date) -> str:
        return f"{value:%Y-%m}"


register_converter(MonthConverter, "month")

report_patterns: list[URLPattern] = []
