"""What has to be said of a file before its rows are read: what its first rows show that may be meant in two ways."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from loudou.exchange.importing.cells import bare
from loudou.exchange.importing.mapping import ColumnMap, routes
from loudou.exchange.importing.reading import Ambiguous, Bad, Reading
from loudou.exchange.importing.spec import Kind
from loudou.kernel.refusals import Refused


def to_be_said(
    kind: Kind, mapping: ColumnMap, header: Sequence[str], rows: Sequence[Sequence[str]], reading: Reading
) -> Iterator[str]:
    """One sentence for dates and one for numbers that may be meant in two ways, as far as these rows show it."""
    readers = {column.name: column.read for column in kind.columns}
    try:
        made = routes(mapping, header, kind.names)
    except Refused:
        return
    asked: set[str] = set()
    for row in rows:
        cells = [*row, *[""] * (len(header) - len(row))]
        for name, reader in (pair for route in made for pair in route.readers):
            try:
                readers[name](bare(reader(cells)), reading)
            except Ambiguous as ambiguous:
                if ambiguous.asks not in asked:
                    asked.add(ambiguous.asks)
                    yield str(ambiguous)
            except Bad:
                continue
