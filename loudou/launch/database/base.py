"""The database backend Django is told of (`ENGINE`)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.db.backends.postgresql import base, features
from psycopg.adapt import AdaptersMap
from psycopg.types.datetime import TimestamptzLoader

from loudou.kernel.keys import Keys
from loudou.launch import postgres
from loudou.launch.database.keys import KeysDumper

_PLANNED_FROM = 3  # how often a statement is asked for before the server keeps its plan


class DatabaseFeatures(features.DatabaseFeatures):
    """What the server can do; an older one is refused with its first connection."""

    minimum_database_version = (postgres.OLDEST,)


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to PostgreSQL.

    Django reads every instant with a loader in Python, so as to give it any time zone. Connections speak UTC here
    (`USE_TZ`), which is what psycopg's own loader gives: twenty times as fast, and a list has hundreds of instants.
    """

    features_class = DatabaseFeatures

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        return params | {"context": _adapters(params["context"])}

    def init_connection_state(self) -> None:
        super().init_connection_state()
        self.connection.prepare_threshold = _PLANNED_FROM

    def create_cursor(self, name: str | None = None) -> Any:
        if name is None:
            return self.connection.cursor()
        return base.ServerSideCursor(  # type: ignore[call-arg] # psycopg's own arguments
            self.connection, name=name, scrollable=False, withhold=self.connection.autocommit
        )

    def planned_cursor(self) -> Any:
        """A cursor that sends values apart from the statement, so that the server need not plan it again each time.

        A log of statements is to show their values: what is logged is sent as usual.
        """
        if self.queries_logged:
            return self.cursor()
        self.ensure_connection()
        with self.wrap_database_errors:
            return self._prepare_cursor(base.ServerBindingCursor(self.connection))  # type: ignore[attr-defined, call-arg]


@lru_cache(maxsize=4)
def _adapters(usual: AdaptersMap) -> AdaptersMap:
    """Django's ways to read and write values, but for instants and keys."""
    found = AdaptersMap(usual)
    found.register_loader("timestamptz", TimestamptzLoader)
    found.register_dumper(Keys, KeysDumper)
    return found
