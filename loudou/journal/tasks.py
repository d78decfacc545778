"""The worker's part of the journal: sending what waits in the outbox, anchoring the chain every night."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import connection, transaction
from django.db.models import Q
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status

from loudou.journal.jobs import MOST_TRIES, job
from loudou.journal.models import Delivery
from loudou.journal.verify import anchor
from loudou.kernel import clock

log = logging.getLogger(__name__)
_MOST_ATTEMPTS = 12
_LONGEST_PAUSE = timedelta(hours=1)
_STALLED_SECONDS = 30
_FAILURES_KEPT = timedelta(days=30)
_FORGOTTEN_AT_ONCE = 5_000


@job(cron="* * * * * */10", alone=True)
def deliver(timestamp: int = 0) -> int:
    """Send what is due, one message a transaction; returns how many left the house.

    A crash between sending and marking sends again with the same Message-ID: at least once, told apart by id. So does
    a disk that has no room for the mark; therefore the try is written down before it is made, and the next one waits.
    """
    sent = 0
    while settings.ENVIRONMENT.mail is not None and (delivery := _claimed()) is not None:
        sent += _send(delivery)
    return sent


def _claimed() -> Delivery | None:
    """The next message that is due, its try counted; it is due again after a pause, unless it is marked as sent.

    Urgent ones come first. What would be due later than any pause lasts is due too: the clock was turned back (DU-07).
    """
    with transaction.atomic():
        now = clock.now()
        waiting = Delivery.objects.select_for_update(skip_locked=True).filter(sent_at=None, given_up_at=None)
        due = waiting.filter(Q(due_at__lte=now) | Q(due_at__gt=now + _LONGEST_PAUSE))
        delivery = due.order_by("-urgent", "due_at", "id").first()
        if delivery is not None:
            delivery.attempts += 1
            delivery.due_at = now + min(timedelta(seconds=30 * 2**delivery.attempts), _LONGEST_PAUSE)
            delivery.save(update_fields=["attempts", "due_at"])
        return delivery


@job(cron="17 2 * * *", alone=True)
def remember_head(timestamp: int = 0) -> str:
    """Write the nightly anchor."""
    return anchor()


@app.periodic(cron="* * * * * */20")
@app.task(queueing_lock="retry_stalled", pass_context=True)
async def retry_stalled(context: JobContext, timestamp: int) -> None:
    """Give jobs whose worker died to another one: nothing that was queued is lost with a process.

    One that took its worker with it again and again is given up, and one whose successor waits already is over: kept as
    if it were under way, it would hold up all that follow it.
    """
    manager = context.app.job_manager
    for stalled in await manager.get_stalled_jobs(seconds_since_heartbeat=_STALLED_SECONDS):
        if stalled.attempts >= MOST_TRIES:
            log.error("job %s stalled too often and is given up: %s", stalled.id, stalled.task_name)
            await manager.finish_job(stalled, Status.FAILED, delete_job=False)
            continue
        log.warning("job %s stalled and runs again", stalled.id)
        try:
            await manager.retry_job(stalled)
        except UniqueViolation:
            await manager.finish_job(stalled, Status.FAILED, delete_job=True)


@job(cron="29 3 * * *", alone=True)
def forget_jobs(timestamp: int = 0) -> int:
    """Forget jobs that are done, and after a month those that failed; returns how many.

    A worker forgets what it has done by itself; this is for what others left.
    """
    count = forgotten = _forget_some()
    while count == _FORGOTTEN_AT_ONCE:
        forgotten += (count := _forget_some())
    return forgotten


def _forget_some() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM procrastinate_jobs WHERE id IN (
                SELECT id FROM procrastinate_jobs job
                WHERE status = 'succeeded' OR status IN ('failed', 'cancelled', 'aborted') AND NOT EXISTS (
                    SELECT FROM procrastinate_events WHERE job_id = job.id AND at > %s
                )
                ORDER BY id LIMIT %s
            )
            """,
            [clock.now() - _FAILURES_KEPT, _FORGOTTEN_AT_ONCE],
        )
        return int(cursor.rowcount)


def _send(delivery: Delivery) -> bool:
    message = EmailMessage(
        subject=delivery.payload["subject"],
        body=delivery.payload["body"],
        to=[delivery.recipient],
        headers={
            **delivery.payload.get("headers", {}),
            "Message-ID": f"<{delivery.message_id}@loudou>",
            "Auto-Submitted": "auto-generated",
        },
        connection=get_connection(timeout=10),
    )
    if delivery.enclosed is not None:
        message.attach(delivery.payload["file"], bytes(delivery.enclosed))
    try:
        message.send()
    except Exception as error:
        delivery.error = f"{type(error).__name__}: {error}"[:500]
        if delivery.attempts >= _MOST_ATTEMPTS:
            delivery.given_up_at = clock.now()
        log.warning("mail %s was not taken: %s", delivery.message_id, delivery.error)
    else:
        delivery.sent_at, delivery.enclosed = clock.now(), None
    delivery.save(update_fields=["error", "given_up_at", "sent_at", "enclosed"])
    return delivery.sent_at is not None
