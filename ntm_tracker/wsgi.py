"""The WSGI application that gunicorn serves."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ntm_tracker.settings")
application = get_wsgi_application()
# What was loaded until here lives as long as the process: the collector needn't look through it again and again.
gc.collect()
gc.freeze()
