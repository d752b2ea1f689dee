"""The application that answers before anything is on the disk, for the control of C7."""

import os

from django.db import connection

from ntm_tracker.wsgi import application

__all__ = ["application"]

options = connection.settings_dict["OPTIONS"]
if connection.vendor == "sqlite":
    options["init_command"] = options["init_command"].replace("synchronous=FULL", "synchronous=OFF")
else:
    options["options"] = "-c synchronous_commit=off"
os.fsync = lambda descriptor: None
