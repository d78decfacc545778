"""Where everything is found."""

from __future__ import annotations

from django.urls import URLResolver, include, path
from django.urls.resolvers import RoutePattern

from loudou.launch import health


class WhenAsked(URLResolver):
    """Paths whose module is read when the first of them is asked for: most processes serve pages alone."""

    def _populate(self) -> None:
        """Where they lead back to is found through their namespace, which reads them then."""


handler400 = "loudou.ui.errors.bad_request"
handler403 = "loudou.people.refusing.forbidden"
handler404 = "loudou.ui.errors.not_found"
handler500 = "loudou.ui.errors.server_error"

urlpatterns = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("", include("loudou.people.urls")),
    path("", include("loudou.signoff.urls")),
    path("", include("loudou.catalog.urls")),
    path("", include("loudou.customers.urls")),
    path("", include("loudou.pipeline.urls")),
    path("", include("loudou.tasks.urls")),
    path("", include("loudou.fieldwork.urls")),
    path("", include("loudou.targets.urls")),
    path("", include("loudou.steering.urls")),
    path("", include("loudou.insight.urls")),
    path("", include("loudou.daylog.urls")),
    path("", include("loudou.odds.urls")),
    path("", include("loudou.forecasts.urls")),
    path("", include("loudou.warnings.urls")),
    path("", include("loudou.problems.urls")),
    path("", include("loudou.market.urls")),
    path("", include("loudou.reviews.urls")),
    path("", include("loudou.forms.urls")),
    path("", include("loudou.exchange.urls")),
    path("", include("loudou.desk.urls")),
    path("", include("loudou.broadcasts.urls")),
    # What the API declares is a quarter of a process's memory.
    WhenAsked(RoutePattern("api/"), "loudou.exchange.api.urls", app_name="api-v1", namespace="api-v1"),
]
