"""What a mailed report says: the table in text, the way to the page, the file, and how to stop it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loudou.broadcasts.models import Subscription
from loudou.broadcasts.subjects import SUBJECTS, Content
from loudou.kernel.refusals import Refused
from loudou.people.access import may, require
from loudou.people.queries import organisation
from loudou.ui.papers import as_pdf, as_text, as_workbook

_SALT = "broadcasts.stop"
MOST_LINES = 60  # of a table in the text; the file has them all
_WRITERS = {Subscription.Form.PDF: as_pdf, Subscription.Form.WORKBOOK: as_workbook}


@dataclass(frozen=True)
class Letter:
    """A mail, ready to be sent; `rows` is how many leave the house with it."""

    subject: str
    body: str
    rows: int
    headers: Mapping[str, str] = field(default_factory=dict)
    file_name: str = ""
    file: bytes | None = None


def letter(subscription: Subscription) -> Letter:
    """The mail of a subscription, with what its owner may see now, in their language.

    Refused: the owner has left, or has no address or no right any more; the right to export is what a file takes.
    """
    owner, subject = subscription.owner, SUBJECTS[subscription.page]
    company = organisation()
    with (
        translation.override(owner.language or settings.LANGUAGE_CODE),
        timezone.override(ZoneInfo(company.time_zone)),
    ):
        if not owner.is_active or not owner.email:
            raise Refused(_("There is no account with an e-mail address to send it to."))
        require(owner, subject.right)
        content = subject.content(dict(parse_qsl(subscription.query)), owner, subscription.form)
        name, file = _file(subscription, content) if may(owner, "exchange.export") else ("", None)
        stop = stop_address(subscription)
        return Letter(
            f"{subscription.name} · {company.name}",
            _body(subscription, content, stop, enclosed=file is not None),
            content.rows,
            {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
            name,
            file,
        )


def _file(subscription: Subscription, content: Content) -> tuple[str, bytes | None]:
    """What goes with it, and its name; nothing of lists, and where only the link was asked for."""
    write = _WRITERS.get(Subscription.Form(subscription.form))
    if content.paper is None or write is None:
        return "", None
    return f"{content.paper.name}.{subscription.form}", write(content.paper)


def page_address(subscription: Subscription) -> str:
    """Where the page is, as it looks."""
    query = f"?{subscription.query}" if subscription.query else ""
    return f"{reverse(subscription.page)}{query}"


def stop_address(subscription: Subscription) -> str:
    """The link that stops it with one click, and can do nothing else."""
    key = signing.Signer(salt=_SALT).sign(str(subscription.pk))
    return f"{settings.SITE_ADDRESS}{reverse('broadcasts:unsubscribe', args=[key])}"


def subscription_of(key: str) -> Subscription | None:
    """The subscription that a link of a mail stops; None where nobody signed it."""
    try:
        pk = signing.Signer(salt=_SALT).unsign(key)
    except signing.BadSignature:
        return None
    return Subscription.objects.select_related("owner").filter(pk=int(pk)).first()


def _body(subscription: Subscription, content: Content, stop: str, *, enclosed: bool) -> str:
    lines = [str(SUBJECTS[subscription.page].title)]
    if content.problems:
        named = _("Not understood and left out: %(names)s") % {"names": ", ".join(content.problems)}
        lines.append(named)
    if content.paper is not None and subscription.form != Subscription.Form.LINK:
        lines += ["", as_text(content.paper, most=MOST_LINES)]
    else:
        lines += ["", ngettext("%(num)d row", "%(num)d rows", content.rows) % {"num": content.rows}]
    if enclosed:
        lines += ["", _("The whole table is in the enclosed file.")]
    here = f"{settings.SITE_ADDRESS}{page_address(subscription)}"
    lines += ["", _("Open it: %(link)s") % {"link": here}]
    lines += ["", "—", _("Stop these mails: %(link)s") % {"link": stop}, ""]
    return "\n".join(lines)
