"""What packs and meetings may say."""

from __future__ import annotations

from django.utils.translation import gettext as _

from loudou.kernel.refusals import Refused

LONGEST = {"place": 120, "reason": 300, "decisions": 300, "minutes": 8000}
PARAGRAPH = 4000


def text(field: str, value: str, refusal: str = "") -> str:
    """A text as it is kept; with `refusal` it must not be empty."""
    said, longest = value.strip(), LONGEST.get(field, PARAGRAPH)
    if len(said) > longest:
        raise Refused(_("At most {n} characters.").format(n=longest), field=field)
    if refusal and not said:
        raise Refused(refusal, field=field)
    return said
