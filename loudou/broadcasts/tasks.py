"""The worker's part: mailing what is due."""

from __future__ import annotations

import logging

from django.conf import settings
from django.utils.translation import gettext as _

from loudou.broadcasts import verbs
from loudou.broadcasts.letters import letter
from loudou.broadcasts.models import Subscription
from loudou.journal.jobs import job
from loudou.kernel import clock
from loudou.kernel.refusals import Refused

log = logging.getLogger(__name__)


@job(cron="*/5 * * * *", alone=True)
def mail_reports(timestamp: int = 0) -> int:
    """Write every mail that is due; returns how many. Run again, or late, it sends nothing twice."""
    if settings.ENVIRONMENT.mail is None:
        return 0
    due = Subscription.objects.filter(stopped_at=None, next_at__lte=clock.now())
    return sum(_mail(one) for one in due.select_related("owner__unit").order_by("next_at", "pk"))


def _mail(subscription: Subscription) -> bool:
    due_at = subscription.next_at
    try:
        written = letter(subscription)
    except Refused as refusal:
        verbs.note_failure(subscription, refusal.sentence, due_at=due_at, by=None)
        return False
    except Exception:  # one that stumbles keeps nobody else's waiting
        log.exception("the report %s could not be put together", subscription.pk)
        verbs.note_failure(subscription, _("It could not be put together."), due_at=due_at, by=None)
        return False
    return verbs.send_letter(subscription, written, due_at=due_at, by=None)
