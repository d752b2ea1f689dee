"""Errors of the domain, each turned into a message in one place."""

from django.core.exceptions import ValidationError


class SomebodyWasFaster(Exception):
    """The record was changed after it was shown. `current` is what stands now."""

    def __init__(self, current):
        self.current = current
        super().__init__(str(current))


class ReasonMissing(ValidationError):
    """A status that contradicts its value, or `not_applicable`, came without a reason."""


class NothingToUndo(Exception):
    """The last change isn't the person's own of today."""
