"""The web application, as granian loads it."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loudou.settings")

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
