"""The worker's part of the desk: notices by mail, the indexes of the search, and the nightly check of history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loudou.desk import verbs
from loudou.journal.jobs import job
from loudou.journal.models import Notice
from loudou.journal.sentences import actor, plain_sentence
from loudou.journal.verify import verify
from loudou.kernel import clock
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.people.verbs import note_verification
from loudou.ui.search import settle

SETTLED = timedelta(minutes=2)  # what happens together arrives in one mail
OLDEST = timedelta(days=2)
MORNING = 8
MOST_LINES = 30


@job(cron="* * * * *", alone=True)
def mail_soon(timestamp: int = 0) -> int:
    """Mail unread notices to who wants them at once; returns how many mails were written."""
    return _mail(User.Mail.SOON, clock.now() - SETTLED)


@job(cron="* * * * *", alone=True)
def settle_search(timestamp: int = 0) -> int:
    """Let search indexes take what was written since the last time; returns how many pages of it there were."""
    return settle()


@job(cron="*/10 * * * *", alone=True)
def mail_daily(timestamp: int = 0) -> int:
    """Mail unread notices to who wants them once a day, between 8 and 9 where the organisation is."""
    if clock.now().astimezone(organisation().zone).hour != MORNING:
        return 0
    return _mail(User.Mail.DAILY, clock.now())


@job(cron="47 2 * * *", alone=True)
def verify_journal(timestamp: int = 0, by: int | None = None) -> bool:
    """Walk the journal's chain and write down how it stands."""
    verdict = verify()
    note_verification(verdict, by=User.objects.filter(pk=by).first() if by else None)
    return verdict.good


def _mail(wish: str, until: object) -> int:
    if settings.ENVIRONMENT.mail is None:
        return 0
    sent = 0
    for user in User.objects.active().filter(mail_notices=wish).exclude(email="").order_by("pk"):
        fresh = Notice.objects.filter(recipient=user, read_at=None, mailed_at=None)
        fresh = fresh.filter(entry__at__gte=clock.now() - OLDEST, entry__at__lte=until)
        notices = list(fresh.select_related("entry__actor").order_by("id")[:MOST_LINES])
        if notices:
            _write(user, notices)
            sent += 1
    return sent


def _write(user: User, notices: Sequence[Notice]) -> None:
    """One mail, in its reader's language and the organisation's time."""
    company = organisation()
    with (
        translation.override(user.language or settings.LANGUAGE_CODE),
        timezone.override(ZoneInfo(company.time_zone)),
    ):
        lines = [f"{actor(notice.entry)}: {plain_sentence(notice.entry, user)}" for notice in notices]
        subject = ngettext("%(n)d notice from %(name)s", "%(n)d notices from %(name)s", len(lines))
        body = "\n".join(f"- {line}" for line in lines)
        here = f"{settings.SITE_ADDRESS}{reverse('desk:notices')}"
        body += "\n\n" + _("Read them here: %(link)s") % {"link": here} + "\n"
        verbs.mail_notices(
            user,
            subject=subject % {"n": len(lines), "name": company.name},
            body=body,
            notices=notices,
            by=None,
        )
