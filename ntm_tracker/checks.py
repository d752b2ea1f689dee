"""What Django checks at the start, beyond its own list."""

from ctypes import CDLL
from importlib.util import find_spec
from typing import Any

from django.core import checks

# What WeasyPrint loads; each with its names on Linux, macOS and Windows.
PDF_LIBRARIES = (
    ("libgobject-2.0.so.0", "libgobject-2.0.0.dylib", "libgobject-2.0-0.dll"),
    ("libpango-1.0.so.0", "libpango-1.0.dylib", "libpango-1.0-0.dll"),
    ("libpangoft2-1.0.so.0", "libpangoft2-1.0.dylib", "libpangoft2-1.0-0.dll"),
    ("libharfbuzz.so.0", "libharfbuzz.0.dylib", "libharfbuzz-0.dll"),
    ("libharfbuzz-subset.so.0", "libharfbuzz-subset.0.dylib", "libharfbuzz-subset-0.dll"),
    ("libfontconfig.so.1", "libfontconfig.1.dylib", "libfontconfig-1.dll"),
)


def check_pdf_libraries(**_: Any) -> list[checks.CheckMessage]:
    """Warn when a library is missing without which no PDF can be made; nothing else needs it.

    WeasyPrint itself is not imported: it takes longer than all other checks together.
    """
    missing = [names[0] for names in PDF_LIBRARIES if not any(_loads(name) for name in names)]
    if not missing:
        return []
    return [
        checks.Warning(
            f"PDF files cannot be made: {', '.join(missing)} missing. Everything else works.",
            hint="On Debian: apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0",
            id="ntm_tracker.W001",
        )
    ]


def check_xml_parsers(**_: Any) -> list[checks.CheckMessage]:
    """Refuse to start where openpyxl would read workbooks with parsers that expand entities and follow addresses.

    Source: OWASP ASVS 5.0, 1.5.1. openpyxl itself is not imported: with defusedxml beside it, it is locked.
    """
    if find_spec("defusedxml"):
        return []
    return [
        checks.Error(
            "XML parsers are not locked: defusedxml is missing.",
            hint="make run, or pip install --constraint constraints.txt defusedxml",
            id="ntm_tracker.E001",
        )
    ]


def _loads(name: str) -> bool:
    try:
        CDLL(name)
    except OSError:
        return False
    return True
