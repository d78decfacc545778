"""Names that are data, in several languages, and the codes made from them."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator

from django.utils.text import slugify
from django.utils.translation import gettext as _

from loudou.environment import LANGUAGES
from loudou.kernel.refusals import Refused
from loudou.ui.spelling import folded
from loudou.ui.texts import refuse_unfit

Names = dict[str, str]
LONGEST_NAME, LONGEST_TEXT = 80, 500


def named(names: Names) -> Names:
    """A name in the languages it was given in; refused where it has none."""
    kept = worded(names, longest=LONGEST_NAME)
    if not kept:
        raise Refused(_("It needs a name."), field="names")
    return kept


def worded(texts: Names, *, longest: int = LONGEST_TEXT) -> Names:
    """A text in the languages it was given in, which may be none."""
    kept = {
        language: text.strip()
        for language, text in texts.items()
        if language in LANGUAGES and text and text.strip()
    }
    for text in kept.values():
        refuse_unfit(text, "names", longest=longest)
    return kept


def refuse_taken(names: Names, others: Iterable[Names], sentence: str, *, field: str = "names") -> None:
    """Refuse a name that another has in any language: files and commands name things in whatever language they are in.

    `sentence` says so, with `{name}` in it.
    """
    for text in namesakes(names, others):
        raise Refused(sentence.format(name=text), field=field)


def namesakes(names: Names, others: Iterable[Names]) -> Iterator[str]:
    """Those of these names that another has in any language."""
    taken = {_compared(text) for other in others for text in other.values()}
    return (text for text in named(names).values() if _compared(text) in taken)


def _compared(text: str) -> str:
    return folded(text) or text.strip()


def free_code(taken: Collection[str], names: Names, *, prefix: str = "s") -> str:
    """A code nobody has yet: made of the English name where there is one, else of a prefix with a number."""
    base = slugify(names.get("en", ""))[:30]
    return base if base and base not in taken else next_free(base or prefix, taken)


def next_free(prefix: str, taken: Collection[str]) -> str:
    """The prefix with the first number nobody has."""
    return next(code for code in (f"{prefix}{number}" for number in itertools.count(1)) if code not in taken)
