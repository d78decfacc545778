"""What the command line refuses with, in the installation's language (LOUDOU_LANGUAGE).

Django's own translations will not do: a database that does not start and a backup that is put back are told of before
there are any, and from a folder that may be full or of somebody else.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from loudou import environment

_CATALOGS = Path(__file__).with_name("locale")
_FOLDERS = {"zh-hans": "zh_Hans", "zh-hant": "zh_Hant"}


def told(text: str) -> str:
    """The text in the installation's language; as it is where settings are nonsense, which is told in English."""
    try:
        language = environment.read().language
    except environment.Misconfigured:
        return text
    return _sentences(language).get(text, text)


@cache
def _sentences(language: str) -> dict[str, str]:
    """Of a language, its sentences by the English ones, read from the catalogue as it was written."""
    if language not in _FOLDERS:
        return {}
    from babel.messages.pofile import read_po

    with (_CATALOGS / _FOLDERS[language] / "LC_MESSAGES" / "django.po").open("rb") as source:
        return {str(one.id): str(one.string) for one in read_po(source) if one.id and one.string}
