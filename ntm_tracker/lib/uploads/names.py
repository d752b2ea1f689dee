"""File names as people wrote them, made fit to be shown and to be sent in a header."""

import re
import unicodedata

from ntm_tracker.lib.text import nfc
from ntm_tracker.lib.uploads.kinds import KINDS, Kind

# Most file systems end a name at 255 bytes; the rest is room for " (1)" of a second download.
BYTES = 240
WITHOUT_NAME = "minh-chung"
_ENDINGS = {ending for kind in KINDS.values() for ending in (kind.extension, *kind.other_extensions)}


def plain_name(name: str) -> str:
    """Return `name` without folders, control signs and direction marks, as it can be shown to people."""
    last = re.split(r"[/\\]", name)[-1]
    # Cc: control; Cf: direction marks, zero-width signs; Cs: halves of signs; Zl, Zp: line breaks.
    signs = (sign for sign in nfc(last) if unicodedata.category(sign) not in {"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"})
    return " ".join("".join(signs).split()).strip(". ")


def display_name(name: str, kind: Kind) -> str:
    """Return `name` as it can be shown and sent in a header, with the ending of its kind."""
    clean = plain_name(name)
    stem, dot, ending = clean.rpartition(".")
    if dot and ending.lower() in _ENDINGS:
        right = kind.extension if wrong_ending(name, kind) else ending
    else:
        stem, right = clean, kind.extension
    return f"{_shortened(stem.strip('. ') or WITHOUT_NAME, BYTES - len(right) - 1)}.{right}"


def wrong_ending(name: str, kind: Kind) -> str:
    """Return the ending of `name` where it is that of another kind than `kind`, else ""."""
    ending = plain_name(name).rpartition(".")[2].lower()
    return ending if ending in _ENDINGS - {kind.extension, *kind.other_extensions} else ""


def _shortened(text: str, most: int) -> str:
    """Return as many whole signs of `text` as fit into `most` bytes."""
    return text.encode()[:most].decode(errors="ignore").rstrip(". ")
