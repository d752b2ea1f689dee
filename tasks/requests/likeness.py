"""How alike two texts are, to find earlier proposals on the same matter. No database."""

import itertools

from ntm_tracker.lib.text import search_key

# What nearly every proposal says tells none from another.
COMMON = frozenset(
    search_key("đề nghị ubnd huyện hỗ trợ kinh phí xây dựng giúp đỡ xã cho để các và của từ đến trong").split()
)
ALIKE = 0.25


def pairs(text: str) -> frozenset[tuple[str, str]]:
    """Return neighbouring syllables: most Vietnamese words are two. Common ones and signs are left out."""
    syllables = ["".join(sign for sign in word if sign.isalnum()) for word in search_key(text).split()]
    kept = [word for word in syllables if word and word not in COMMON]
    return frozenset(itertools.pairwise(kept))


def likeness(one: frozenset[tuple[str, str]], other: frozenset[tuple[str, str]]) -> float:
    """Return the share of the shorter text's pairs that the other one holds too, 0 to 1."""
    shorter = min(len(one), len(other))
    return len(one & other) / shorter if shorter else 0.0
