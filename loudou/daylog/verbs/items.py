"""What is to be done on a day: planned, done, or carried with its cause (日事日毕)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.utils.translation import gettext as _

from loudou.daylog import events
from loudou.daylog.models import DayLog, Item
from loudou.daylog.verbs._values import text, unit_on
from loudou.journal.record import lock, record, refuse_stale, verb
from loudou.kernel.refusals import Refused
from loudou.people.access import require
from loudou.people.models import User
from loudou.people.queries import organisation, work_calendar
from loudou.people.tables import Tables

MOST_PLANNED = 20


@verb
def plan_items(
    user: User, *, texts: Iterable[str], after: date, by: User | None, log: DayLog | None = None
) -> list[Item]:
    """Put down what somebody plans for the working day after a day, one item a text; what is due then already stays one.

    Returns the items of these texts, old and new. Refused: more than twenty planned for a day, in one go or one by one.
    """
    lock(user)  # one plan after the other
    due_on, tables = work_calendar().add(after, 1), Tables.read()
    wanted = [line for line in (text("text", one) for one in texts) if line]
    known = {item.text: item for item in Item.objects.filter(user=user, due_on=due_on)}
    fresh = list(dict.fromkeys(line for line in wanted if line not in known))
    planned = sum(item.carried_from_id is None for item in known.values())
    if fresh and planned + len(fresh) > MOST_PLANNED:
        raise Refused(_("At most {n} items a day.").format(n=MOST_PLANNED), field="plan")
    for line in fresh:
        unit = unit_on(user, due_on, tables)
        item = Item(user=user, unit_id=unit, text=line, due_on=due_on, since=due_on, planned_in=log)
        require(by, "daylog.write", item)
        item.save(force_insert=True)
        record(events.PLANNED, item, by=by, due_on=due_on)
        known[line] = item
    return [known[line] for line in dict.fromkeys(wanted)]


@verb
def plan_item(user: User, *, what: str, by: User | None) -> Item:
    """Put down one thing for the working day after today; what is planned already stays one."""
    what = text("text", what, _("Say what is to be done."))
    return plan_items(user, texts=[what], after=organisation().today, by=by)[0]


@verb
def close_item(item: Item, *, on: date, by: User | None, version: int | None = None) -> Item:
    """Note that it was done; twice is once."""
    require(by, "daylog.write", item)
    fresh = lock(item)
    if fresh.closed_on is not None:
        return fresh
    if fresh.cause:
        raise Refused(_("This was settled already."), field=f"item-{item.pk}")
    refuse_stale(fresh, version, None)
    fresh.closed_on, fresh.version = on, fresh.version + 1
    fresh.save()
    record(events.CLOSED, fresh, by=by, on=on)
    return fresh


@verb
def carry_item(
    item: Item, *, cause: str, to: date | None, by: User | None, version: int | None = None
) -> Item:
    """Say why it was not done and on which day it goes on (C4); returns the item of that day, which shows its age."""
    require(by, "daylog.write", item)
    fresh, named = lock(item, version=version), f"item-{item.pk}"
    if fresh.closed_on is not None or fresh.cause:
        raise Refused(_("This was settled already."), field=named)
    if not text("cause", cause) or to is None:
        sentence = _("“{item}” is not done: say why, and the day it will be.")
        raise Refused(sentence.format(item=fresh.text), field=named)
    if to <= fresh.due_on:
        raise Refused(_("It goes on on a later day."), field=named)
    fresh.cause, fresh.version = text("cause", cause), fresh.version + 1
    fresh.save()
    carried = Item.objects.create(
        user=fresh.user,
        unit_id=fresh.unit_id,
        text=fresh.text,
        due_on=to,
        since=fresh.since,
        carried_from=fresh,
        planned_in=fresh.planned_in,
    )
    record(events.CARRIED, fresh, by=by, to=to, cause=fresh.cause)
    return carried
