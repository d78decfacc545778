"""Templates, read before the first page asks for them, and compiled by a process that ends.

What compiling takes for a moment stays with the process that did it: forty megabytes, and a dozen more for each
further language. Those that serve read what was compiled.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from django.conf import settings
from django.forms.renderers import get_default_renderer
from django.template import engines
from django.utils import translation

from loudou.launch.parents import end_with_parent
from loudou.ui import jinja


def read() -> None:
    """The templates of all pages in the language that is spoken now, and those of form fields."""
    folders: list[Path] = settings.TEMPLATES[0]["DIRS"]  # type: ignore[assignment]
    for folder in folders:
        for file in sorted(folder.rglob("*.html")):
            engines["jinja2"].get_template(str(file.relative_to(folder)))
    fields: Any = get_default_renderer()
    for name in fields.engine.env.list_templates():
        fields.get_template(name)


def compiling(*languages: str) -> BaseProcess | None:
    """A process that compiles all templates in these languages, and ends; None where it is done or nothing can be kept.

    Forked, it knows the program already. It asks nothing of the database, whose connection is its parent's.
    """
    kept = jinja.kept_in()
    missing = [one for one in languages if kept is not None and not _mark(kept, one).exists()]
    if kept is None or not missing:
        return None
    process = get_context("fork").Process(target=_compile, args=[kept, missing], daemon=True)
    process.start()
    return process


def _compile(kept: Path, languages: Sequence[str]) -> None:
    end_with_parent()
    for language in languages:
        with translation.override(language):
            read()
        with suppress(OSError):
            _mark(kept, language).touch()


def _mark(kept: Path, language: str) -> Path:
    """The file that says that every template is there."""
    return kept / f"{language}.whole"
