"""Vietnamese text: one form on input, keys for searching and for sorting.

Databases fold and order Vietnamese letters wrongly ("đức" misses "Đức", Ă comes after Z), so the
product keeps both keys as columns (`SearchKeyField`, `SortKeyField`).
"""

import re
import unicodedata
from collections.abc import Callable
from typing import Any

from django.db import models
from django.db.models import signals

LETTERS = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
TONES = {"": 0, "\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}
# The tones as spelling keys write them, at the end of a syllable.
SPELT = dict(zip("\u0300\u0309\u0303\u0301\u0323", "23456", strict=True))
# A key of a database has no more.
MOST_DIGITS = 18
ORDER = {letter: f"{place:02d}" for place, letter in enumerate(LETTERS, 10)}


def nfc(text: str) -> str:
    """Return `text` in Unicode NFC, the form in which everything is stored."""
    return unicodedata.normalize("NFC", text)


def without_nul(text: str) -> str:
    """Return `text` as PostgreSQL takes it: what no form reads, and no address shows, can hold NUL."""
    return text.replace("\x00", "")


def search_key(text: str) -> str:
    """Return lower case without marks, đ as d, blanks folded: "Cao  Sơn" and "cao son" meet.

    A search can come from an address within a header or a field.
    """
    decomposed = unicodedata.normalize("NFD", without_nul(text).lower().replace("đ", "d"))
    return " ".join("".join(sign for sign in decomposed if not unicodedata.combining(sign)).split())


def sort_key(text: str) -> str:
    """Return a text whose plain ASCII order is Vietnamese alphabetical order.

    Letters are compared first, then tones in the order of Vietnamese dictionaries (ngang, huyền, hỏi,
    ngã, sắc, nặng). Digits keep their place before letters, other signs separate words.
    """
    primary, tones = [], []
    for sign in unicodedata.normalize("NFC", text.lower()):
        letter, tone = _letter_and_tone(sign)
        primary.append(ORDER.get(letter, f"0{letter}" if letter.isdecimal() else "00"))
        tones.append(str(TONES[tone]))
    return "".join(primary) + "-" + "".join(tones)


def _letter_and_tone(sign: str) -> tuple[str, str]:
    decomposed = unicodedata.normalize("NFD", sign)
    tone = next((mark for mark in decomposed[1:] if mark in TONES), "")
    return unicodedata.normalize("NFC", decomposed.replace(tone, "") if tone else decomposed), tone


def spelling_key(text: str) -> str:
    """Return one key for all ways to write the same Vietnamese words; different words keep different keys.

    Letters and tones count, the order in which they were typed does not: composed or not, "hoà" or
    "hòa", capitals, blanks, kinds of apostrophes and hyphens. Diacritics are kept: "Cao Sơn" isn't "Cao Son".
    """
    plain = unicodedata.normalize("NFKC", text).casefold().replace("’", "'").replace("‘", "'").replace("ʼ", "'")
    plain = re.sub(r"\s*[-‐‑–]\s*", "-", plain.replace("`", "'"))
    return " ".join(_syllable_key(word) for word in plain.split())


def _syllable_key(word: str) -> str:
    """Move the tone to the end of its syllable, where it says the same wherever it was typed."""
    return "-".join(_tone_last(part) for part in word.split("-"))


def _tone_last(part: str) -> str:
    signs = unicodedata.normalize("NFD", part)
    tones = "".join(SPELT[sign] for sign in signs if sign in SPELT)
    letters = unicodedata.normalize("NFC", "".join(sign for sign in signs if sign not in SPELT))
    return f"{letters}\u02d1{tones}" if tones else letters


class _KeyField(models.CharField):
    """A column computed by `key` from other fields of the row each time it is saved."""

    key: Callable[[str], str]

    def __init__(self, *sources: str, **options: Any):
        self.sources = sources
        super().__init__(**{"max_length": 600, "editable": False, "default": "", **options})

    def contribute_to_class(self, cls: type[models.Model], name: str, *args: Any, **options: Any) -> None:
        super().contribute_to_class(cls, name, *args, **options)
        if not cls._meta.abstract:
            signals.pre_save.connect(self._fill_on_loading, sender=cls)

    def _fill_on_loading(self, instance: models.Model, raw: bool = False, **signal: Any) -> None:
        """`loaddata` saves rows as they are, without `pre_save` of their fields: fill the key then too."""
        if raw:
            self.pre_save(instance, add=False)

    def deconstruct(self) -> Any:
        name, path, _, options = super().deconstruct()
        return name, path, self.sources, options

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        text = " ".join(str(getattr(model_instance, source) or "") for source in self.sources)
        value = self.key(text)[: self.max_length]
        setattr(model_instance, self.attname, value)
        return value


class SearchKeyField(_KeyField):
    """Holds `search_key` of the named fields."""

    key = staticmethod(search_key)


class SortKeyField(_KeyField):
    """Holds `sort_key` of the named fields."""

    key = staticmethod(sort_key)


def whole_number(text: str) -> int:
    """Return the number that `text` writes in digits; 0, which is no key, for anything else and for a longer one."""
    return int(text) if text.isdecimal() and len(text) <= MOST_DIGITS else 0
