"""The short code of an issued notice: printed on it, typed by whoever holds the paper."""

import re
import secrets

# Without I, L, O and U, which are taken for 1, 0 and V: 32 signs, five bits each.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 12
MISREAD = str.maketrans("ILO", "110")


def new_check_code() -> str:
    """Return a code of 60 random bits: nobody guesses one, and nothing about the notice can be read from it."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def read_check_code(typed: str) -> str | None:
    """Return the code that `typed` means: in any case, with blanks and dashes, I and L for 1, O for 0; else None."""
    signs = re.sub(r"[\s\-–—.]+", "", typed[:100]).upper().translate(MISREAD)
    return signs if len(signs) == LENGTH and set(signs) <= set(ALPHABET) else None
