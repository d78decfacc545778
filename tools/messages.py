"""Translations: extract what is marked, update the catalogues, list what is missing.

`python tools/messages.py update [ROOM …]` rewrites the catalogues of the rooms (all without names) in place, keeping
every translation; new texts come in empty. `python tools/messages.py missing [ROOM …]` lists them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

PACKAGE = Path(__file__).resolve().parents[1] / "loudou"
LANGUAGES = ("zh_Hans", "zh_Hant")
_METHODS = [("templates/**.html", "jinja2"), ("**.py", "python")]
_OPTIONS = {
    "templates/**.html": {
        "extensions": "jinja2.ext.do,jinja2.ext.loopcontrols",
        "trimmed": "true",
        "silent": "false",
    }
}
_KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
}


def rooms() -> list[str]:
    """Rooms that say anything."""
    return sorted(
        path.name
        for path in PACKAGE.iterdir()
        if (path / "__init__.py").exists() and next(extracted(path.name), None)
    )


def extracted(room: str) -> Iterator[Message]:
    """The texts a room marks for translation."""
    catalog: Catalog = Catalog()
    found = extract_from_dir(PACKAGE / room, _METHODS, _OPTIONS, _KEYWORDS, ("Translators:",))  # type: ignore[arg-type]
    for file, line, text, comments, context in found:
        if "migrations" not in Path(file).parts:
            catalog.add(text, None, [(file, line)], auto_comments=comments, context=context)
    yield from (message for message in catalog if message.id)


def update(room: str) -> None:
    """Bring a room's catalogues up to date."""
    for language in LANGUAGES:
        file = PACKAGE / room / "locale" / language / "LC_MESSAGES" / "django.po"
        kept = Catalog()
        if file.exists():
            with file.open("rb") as source:
                kept = read_po(source)
        fresh = Catalog(
            locale=language, project="Loudou", charset="utf-8", fuzzy=False, header_comment="# Loudou"
        )
        for message in extracted(room):
            former = kept.get(message.id if isinstance(message.id, str) else message.id[0], message.context)
            text = former.string if former is not None else None
            fresh.add(message.id, text, context=message.context, auto_comments=message.auto_comments)
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("wb") as target:
            write_po(target, fresh, width=0, omit_header=False, sort_output=True, no_location=True)
        text = file.read_text("utf-8")
        # A date in every file would be a change in every commit.
        file.write_text(
            "\n".join(line for line in text.split("\n") if not line.startswith('"POT-Creation-Date')), "utf-8"
        )


def missing(room: str) -> list[str]:
    """Texts of a room that some language lacks."""
    lacking = []
    for language in LANGUAGES:
        file = PACKAGE / room / "locale" / language / "LC_MESSAGES" / "django.po"
        with file.open("rb") as source:
            lacking += [
                f"{language} {message.id!r}"
                for message in read_po(source)
                if message.id and not _said(message)
            ]
    return lacking


def _said(message: Message) -> bool:
    texts = [message.string] if isinstance(message.string, str) else list(message.string)
    return bool(texts) and all(texts)


if __name__ == "__main__":
    if sys.argv[1:2] not in (["update"], ["missing"]):
        print(__doc__)
        sys.exit(2)
    for name in sys.argv[2:] or rooms():
        if sys.argv[1] == "update":
            update(name)
        print("\n".join(f"{name}: {line}" for line in missing(name)) or f"{name}: complete")
