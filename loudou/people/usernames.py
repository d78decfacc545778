"""What a user name is made of, so that nothing hides in it and whoever reads it can type it."""

from __future__ import annotations

import unicodedata

from django.utils.translation import gettext as _

from loudou.kernel.refusals import Refused

_BETWEEN = frozenset(" ._-+@'·")


def as_kept(typed: str) -> str:
    """A user name as it is kept and looked for: on one line, wide letters and digits as narrow ones."""
    return " ".join(unicodedata.normalize("NFKC", typed).replace("’", "'").split())


def username_of(typed: str) -> str:
    """The same, refused unless it consists of letters of any script, digits, blanks and `. _ - + @ ' ·`."""
    name = as_kept(typed)
    known = all(unicodedata.category(one)[0] in "LMN" or one in _BETWEEN for one in name)
    if not known or not any(one.isalnum() for one in name):
        sentence = _("A user name consists of letters, digits, blanks and . _ - + @ ' · only.")
        raise Refused(sentence, field="username")
    return name
