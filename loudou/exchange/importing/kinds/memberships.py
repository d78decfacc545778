"""Which units people belonged to and when: the rows of a person are their whole past."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy

from loudou.exchange.importing import columns
from loudou.exchange.importing.engine import Run, all_of
from loudou.exchange.importing.references import person_in, refuse_unknown, units
from loudou.exchange.importing.rows import refuse_with_others
from loudou.exchange.importing.spec import Kind, Row, register
from loudou.people import verbs
from loudou.people.figures import Stay
from loudou.people.models import User
from loudou.people.queries import memberships


def take(rows: Sequence[Row], run: Run) -> None:
    """Give each person the past their rows tell, in place of the one they have."""
    for row in rows:
        row.values["user"] = person_in(row, run, "username")
        row.values["unit"] = units(run).get(row.values["unit_code"])
        if row.values["unit"] is None:
            refuse_unknown(row, "unit_code")
    refuse_with_others(rows, "username")
    pasts: dict[int, list[Row]] = {}
    for row in rows:
        if not row.outcome:
            pasts.setdefault(row.values["user"].pk, []).append(row)
    for together in pasts.values():
        all_of(together, lambda some: _tell(some, run), unit="unit_code")


def _tell(rows: Sequence[Row], run: Run) -> str:
    user: User = rows[0].values["user"]
    before = [[row.unit_id, str(row.since), row.until and str(row.until)] for row in memberships(user)]
    stays = [Stay(row.values["from"], row.values.get("until"), row.values["unit"].pk) for row in rows]
    if not verbs.tell_memberships(user, stays=stays, by=run.by):
        return "unchanged"
    run.trace.note_changed(user, {"memberships": before})
    return "changed"


register(
    Kind(
        name="memberships",
        title=gettext_lazy("Who belonged where, and when"),
        rights=("people.set_up",),
        order=22,
        at_once=True,
        whole="username",
        take=take,
        key=lambda values: (values["username"].lower(), values["from"]),
        columns=(
            columns.username(required=True),
            columns.unit_code(required=True),
            columns.since(),
            columns.until(),
        ),
    )
)
