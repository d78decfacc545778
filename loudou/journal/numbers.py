"""The numbers people know records by: drawn from a sequence, each once for ever."""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection, models

_NEXT = """
SELECT code FROM (
    SELECT n, %s || lpad(n::text, greatest(%s, length(n::text)), '0') AS code
    FROM (SELECT nextval(%s) AS n FROM generate_series(1, %s)) AS numbers
) AS made
WHERE NOT EXISTS (SELECT 1 FROM "{table}" AS there WHERE there.code = made.code)
ORDER BY n
"""


def next_codes(
    model: type[models.Model],
    sequence: str,
    prefix: str,
    count: int = 1,
    besides: Collection[str] = (),
    *,
    width: int = 6,
) -> list[str]:
    """The next `count` codes of a model, such as `KH-000417`: a prefix and at least `width` digits.

    Those somebody took by hand are passed over, and those `besides`. An act that fails leaves a gap, as a burnt form
    would.
    """
    sentence = _NEXT.format(table=model._meta.db_table)
    found: list[str] = []
    while len(found) < count:
        with connection.cursor() as cursor:
            cursor.execute(sentence, [prefix, width, sequence, count - len(found)])
            found += [code for (code,) in cursor.fetchall() if code not in besides]
    return found
