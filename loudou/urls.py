"""Where everything is found."""

from __future__ import annotations

from functools import cached_property

from django.urls import Resolver404, ResolverMatch, URLResolver, include, path
from django.urls.resolvers import RoutePattern

from loudou.launch import health


class Room(URLResolver):
    """A room's addresses, tried only for a path that begins like one of them: there are hundreds in all."""

    @cached_property
    def _first_steps(self) -> frozenset[str] | None:
        """What stands before the first slash of each; None where a pattern or a value of the path says it."""
        routes = [known.pattern for known in self.url_patterns]
        steps = frozenset(str(route).partition("/")[0] for route in routes)
        plain = all(isinstance(route, RoutePattern) for route in routes) and not any(
            "<" in step for step in steps
        )
        return steps if plain else None

    def resolve(self, path: str) -> ResolverMatch:
        """As Django's own; raises `Resolver404` for a path of another room."""
        if self._first_steps is not None and path.partition("/")[0] not in self._first_steps:
            raise Resolver404({"tried": [], "path": path})
        return super().resolve(path)


class WhenAsked(URLResolver):
    """Paths whose module is read when the first of them is asked for: most processes serve pages alone."""

    def _populate(self) -> None:
        """Where they lead back to is found through their namespace, which reads them then."""


def room(module: str) -> Room:
    """The addresses of the room whose module of them this is."""
    addresses, app_name, namespace = include(module)
    return Room(RoutePattern(""), addresses, app_name=app_name, namespace=namespace)


handler400 = "loudou.ui.errors.bad_request"
handler403 = "loudou.people.refusing.forbidden"
handler404 = "loudou.ui.errors.not_found"
handler500 = "loudou.ui.errors.server_error"

urlpatterns = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    room("loudou.people.urls"),
    room("loudou.signoff.urls"),
    room("loudou.catalog.urls"),
    room("loudou.customers.urls"),
    room("loudou.pipeline.urls"),
    room("loudou.tasks.urls"),
    room("loudou.fieldwork.urls"),
    room("loudou.targets.urls"),
    room("loudou.steering.urls"),
    room("loudou.insight.urls"),
    room("loudou.daylog.urls"),
    room("loudou.odds.urls"),
    room("loudou.forecasts.urls"),
    room("loudou.warnings.urls"),
    room("loudou.problems.urls"),
    room("loudou.market.urls"),
    room("loudou.reviews.urls"),
    room("loudou.forms.urls"),
    room("loudou.exchange.urls"),
    room("loudou.desk.urls"),
    room("loudou.broadcasts.urls"),
    # What the API declares is a quarter of a process's memory.
    WhenAsked(RoutePattern("api/"), "loudou.exchange.api.urls", app_name="api-v1", namespace="api-v1"),
]
