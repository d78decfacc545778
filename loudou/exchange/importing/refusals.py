"""The rows that were refused, as a file like the one they came from, with what is wrong in a column at the end."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO

from django.utils.translation import gettext as _

from loudou.exchange.exporting.files import BOM, write_xlsx
from loudou.exchange.importing.spec import Row
from loudou.ui.cells import guarded

REASON = "import_error"  # no kind has such a column, so the mended file can be imported as it is


class RefusedRows:
    """A file that comes into being with its first row; `path` ends in `.csv` or `.xlsx`."""

    def __init__(self, path: Path, header: Sequence[str], *, delimiter: str = ",") -> None:
        self.path = path
        self.header = [*header, REASON]
        self.delimiter = delimiter
        self.count = 0
        self._lines: dict[int, tuple[list[str], list[str]]] = {}
        self._rows: list[list[str]] = []
        self._file: IO[str] | None = None

    def add(self, rows: Iterable[Row]) -> None:
        """Add rows; those that one line made stand there once, with all that is wrong with them."""
        for row in rows:
            _cells, reasons = self._lines.setdefault(row.line, (row.cells, []))
            for note in row.notes:
                reason = f"{note.column}: {note.reason}" if note.column else note.reason
                if not note.warning and reason not in reasons:
                    reasons.append(reason)
        while len(self._lines) > 1:
            self._flush(next(iter(self._lines)))

    def close(self) -> Path | None:
        """Finish the file and return where it is; None if no row was refused."""
        for line in list(self._lines):
            self._flush(line)
        if self._file is not None:
            self._file.close()
        if self._rows:
            write_xlsx(self.path, self.header, self._named(), title=_("Refused"))
        return self.path if self.count else None

    def _flush(self, line: int) -> None:
        cells, reasons = self._lines.pop(line)
        width = len(self.header) - 1
        filled = [*cells[:width], *[""] * (width - len(cells)), " ".join(reasons)]
        self.count += 1
        if self.path.suffix.lower() == ".xlsx":
            self._rows.append(filled)
            return
        if self._file is None:
            descriptor = os.open(self.path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
            self._file = os.fdopen(descriptor, "w", encoding="utf-8", newline="")
            self._file.write(BOM)
            csv.writer(self._file, delimiter=self.delimiter).writerow(self.header)
        csv.writer(self._file, delimiter=self.delimiter).writerow(map(guarded, filled))

    def _named(self) -> Iterator[Sequence[str]]:
        yield from self._rows
