"""Errors of the units, each turned into a message in one place."""


class UnitEnded(Exception):
    """A commune was renamed, moved, merged or ended after it was read; the words say what became of it."""
