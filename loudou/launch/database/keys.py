"""How keys of rows are sent: in one type whatever their size."""

from __future__ import annotations

from psycopg.adapt import Dumper

from loudou.kernel.keys import Keys


class KeysDumper(Dumper):
    """Writes them as PostgreSQL writes an array of `bigint`."""

    oid = 1016  # _int8 of pg_type

    def dump(self, obj: Keys) -> bytes:
        return f"{{{','.join(map(str, obj))}}}".encode()
