"""The web application, as granian loads it in each of its processes."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loudou.settings")

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from loudou.launch.parents import end_with_parent

# Nobody waits for a page that long; jobs and commands, which load no application, may take their time.
_LIMITS = " -c statement_timeout=30s -c idle_in_transaction_session_timeout=60s"

end_with_parent()
settings.DATABASES["default"]["OPTIONS"]["options"] += _LIMITS
application = get_wsgi_application()
