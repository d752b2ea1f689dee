"""The application without its comparison of versions, for the control of C1."""

from ntm_tracker.wsgi import application
from tests.drills.unchecked import version_check_off

__all__ = ["application"]

version_check_off.start()
