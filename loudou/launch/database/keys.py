"""Keys that are sent in one type whatever their size."""

from __future__ import annotations

from psycopg.adapt import Dumper


class Keys(list[int]):
    """Keys of rows. Of a bare list psycopg sends the smallest type that holds the largest number in it, and the server
    keeps a statement for each type apart; it also looks at each number for that.
    """


class KeysDumper(Dumper):
    """Writes them as PostgreSQL writes an array of `bigint`."""

    oid = 1016  # _int8 of pg_type

    def dump(self, obj: Keys) -> bytes:
        return f"{{{','.join(map(str, obj))}}}".encode()
