"""What a cell of a workbook holds, as django-import-export asks for it.

The library's stock widgets are replaced: their messages are English, and they cost a query for each foreign key.
"""

from collections.abc import Callable, Collection
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Choices, Model
from django.forms import DateField
from import_export import widgets

from criteria.pasting import number
from ntm_tracker.lib.text import nfc, search_key
from ntm_tracker.lib.workbook import cell_text


class Text(widgets.Widget):
    """A text in NFC; a code that Excel holds as the figure 1.0 is "1".

    Its column is `width` letters wide. One that `is_long` may have several lines; in a name they are a slip.
    """

    def __init__(self, width: int = 16, *, is_long: bool = False):
        self.width, self.is_long = width, is_long
        super().__init__()

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        text = nfc(cell_text(value))
        return text if self.is_long else " ".join(text.split())

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return value


class Number(Text):
    """A decimal; empty is None where `is_optional`. A whole one may have to lie in a `span`, both ends included."""

    def __init__(self, *, is_optional: bool = False, is_whole: bool = False, span: tuple[int, int] | None = None):
        self.is_optional = is_optional
        self.is_whole = is_whole
        self.span = span
        super().__init__()

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        text = cell_text(value)
        if not text and self.is_optional:
            return None
        found = number(text) if isinstance(value, str) else _decimal(value)
        if found is None or (self.is_whole and found != int(found)):
            kind = "số nguyên, ví dụ 12" if self.is_whole else "số, ví dụ 63,2"
            raise ValueError(f"“{text[:40]}” không phải là {kind}.")
        if self.span and not self.span[0] <= found <= self.span[1]:
            raise ValueError(f"“{text[:40]}” nằm ngoài khoảng. Hãy ghi số từ {self.span[0]} đến {self.span[1]}.")
        return int(found) if self.is_whole else found


class Day(Text):
    """A day, as a cell of that type or as a text like 08/3/2022."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date) or not cell_text(value):
            return value or None
        try:
            return DateField().to_python(cell_text(value))
        except ValidationError:
            raise ValueError(f"“{cell_text(value)[:40]}” không phải là ngày. Hãy ghi như 08/3/2022.") from None


class Choice(Text):
    """One of some choices by its Vietnamese label."""

    def __init__(self, choices: type[Choices], *, without: Collection[Any] = (), width: int = 16):
        self.labels = {value: str(label) for value, label in choices.choices if value not in without}
        self.values = {search_key(label): value for value, label in self.labels.items()}
        super().__init__(width)

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        found = self.values.get(search_key(cell_text(value)))
        if found is None:
            raise ValueError(f"“{cell_text(value)[:40]}” không có trong danh sách: {'; '.join(self.labels.values())}.")
        return found

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return self.labels.get(value, value)


class Reference(Text):
    """A record of another `sheet` by its code, looked up in what was loaded once; `place` is where it isn't found."""

    def __init__(
        self,
        sheet: str,
        known: Callable[[Any], Model | None],
        code: Callable[[Any], Any],
        *,
        is_optional: bool = False,
        place: str = "trong tệp này",
    ):
        self.sheet = sheet
        self.known = known
        self.code = code
        self.is_optional = is_optional
        self.place = place
        super().__init__()

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        text = cell_text(value)
        if not text and self.is_optional:
            return None
        found = self.known((text, row))
        if found is None:
            raise ValueError(f"Không có “{text[:40]}” {self.place}. Hãy kiểm tra lại mã.")
        return found

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return self.code(value) if value is not None else None


def _decimal(value: Any) -> Decimal | None:
    is_figure = isinstance(value, (int, float)) and not isinstance(value, bool)
    # A figure computed by Excel carries its binary noise: 63.199999999999996 is 63.2.
    return Decimal(str(round(value, 9))) if is_figure else None
