"""The worker's part of the journal: sending what waits in the outbox, anchoring the chain every night."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from procrastinate import JobContext
from procrastinate.contrib.django import app

from loudou.journal.jobs import job
from loudou.journal.models import Delivery
from loudou.journal.verify import anchor
from loudou.kernel import clock

log = logging.getLogger(__name__)
_MOST_ATTEMPTS = 12
_STALLED_SECONDS = 30


@job(cron="* * * * * */10", alone=True)
def deliver(timestamp: int = 0) -> int:
    """Send what is due, one message a transaction; returns how many left the house.

    A crash between sending and marking sends again with the same Message-ID: at least once, told apart by id.
    """
    sent = 0
    while settings.ENVIRONMENT.mail is not None:
        with transaction.atomic():
            waiting = Delivery.objects.select_for_update(skip_locked=True).filter(
                sent_at=None, given_up_at=None, due_at__lte=clock.now()
            )
            delivery = waiting.order_by("due_at", "id").first()
            if delivery is None:
                break
            sent += _send(delivery)
    return sent


@job(cron="17 2 * * *", alone=True)
def remember_head(timestamp: int = 0) -> str:
    """Write the nightly anchor."""
    return anchor()


@app.periodic(cron="* * * * * */20")
@app.task(queueing_lock="retry_stalled", pass_context=True)
async def retry_stalled(context: JobContext, timestamp: int) -> None:
    """Give jobs whose worker died to another one: nothing that was queued is lost with a process."""
    manager = context.app.job_manager
    for stalled in await manager.get_stalled_jobs(seconds_since_heartbeat=_STALLED_SECONDS):
        log.warning("job %s stalled and runs again", stalled.id)
        await manager.retry_job(stalled)


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
    delivery.attempts += 1
    try:
        message.send()
    except Exception as error:
        delivery.error = f"{type(error).__name__}: {error}"[:500]
        delivery.due_at = clock.now() + timedelta(seconds=min(30 * 2**delivery.attempts, 3600))
        if delivery.attempts >= _MOST_ATTEMPTS:
            delivery.given_up_at = clock.now()
        log.warning("mail %s was not taken: %s", delivery.message_id, delivery.error)
    else:
        delivery.sent_at, delivery.enclosed = clock.now(), None
    delivery.save(update_fields=["attempts", "error", "due_at", "given_up_at", "sent_at", "enclosed"])
    return delivery.sent_at is not None
