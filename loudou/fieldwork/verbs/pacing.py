"""Setting how often customers are to be contacted."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from loudou.fieldwork import events
from loudou.fieldwork.models import ContactRule
from loudou.journal.record import record, verb
from loudou.kernel.refusals import Refused
from loudou.people.access import require
from loudou.people.models import User
from loudou.people.queries import organisation


@verb
def set_contact_rules(rules: Mapping[tuple[str, int | None], int | None], *, by: User | None) -> int:
    """Set at most how many days lie between contacts, by grade and stage; None takes a rule away. Returns how many changed."""
    require(by, "fieldwork.set_up")
    changed = {}
    there = {(rule.grade, rule.stage_id): rule for rule in ContactRule.objects.select_related("stage")}
    for (grade, stage), days in rules.items():
        if days is not None and not 1 <= days <= 365:
            raise Refused(_("Between 1 and 365 days."), field=f"{grade}-{stage or 0}")
        rule = there.get((grade, stage)) or ContactRule(grade=grade, stage_id=stage)
        if days == rule.days:
            continue
        changed[str(rule)] = [rule.days, days]
        if days is None:
            rule.delete()
        else:
            rule.days = days
            rule.save()
    if changed:
        record(events.CADENCE_SET, organisation(), by=by, changes=changed)
    return len(changed)


@verb
def take_contact_plan(whose: User, *, count: int, by: User) -> None:
    """Put on record that somebody's contact plan left as a file."""
    require(by, "exchange.export")
    record(events.CONTACT_PLAN_TAKEN, whose, by=by, count=count)
