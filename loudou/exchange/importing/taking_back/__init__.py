"""Taking an import back: what it made goes, what it changed is as before; what somebody has touched since stays.

Every step is a verb of the room that owns the records, with the rights of who takes back, and stands in history.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from django.conf import settings
from django.db import OperationalError
from django.db.models import ProtectedError
from django.utils import translation
from django.utils.translation import gettext as _

from loudou.exchange.importing.frozen import frozen_activities, frozen_deals, frozen_moves, why_frozen
from loudou.exchange.importing.taking_back.changed import CHANGED, stays_of
from loudou.exchange.importing.taking_back.made import MADE, ORDER
from loudou.exchange.models import Batch, Import, Origin
from loudou.exchange.verbs.importing import fail_undo, finish_undo
from loudou.journal import channel
from loudou.journal.queries import touched
from loudou.journal.record import acting
from loudou.kernel.refusals import Refused
from loudou.people import verbs as people
from loudou.people.models import Unit, User
from loudou.pipeline.models import Move
from loudou.pipeline.verbs.importing import withdraw_moves

log = logging.getLogger(__name__)
Key = TypeVar("Key", int, str)
# Of what may be frozen when books are closed, which is (C20); other rooms' verbs refuse by themselves.
_FROZEN: Mapping[str, Callable[[Sequence[int]], Mapping[int, date]]] = {
    "pipeline.deal": frozen_deals,
    "fieldwork.activity": frozen_activities,
}


@dataclass
class Undoing:
    """An import on its way back: by whom, how much is back, what stays and why."""

    run: Import
    by: User | None
    taken: int = 0
    kept: Counter[tuple[str, str]] = field(default_factory=Counter)

    def keep(self, label: str, reason: str, count: int = 1) -> None:
        """Let records stay, and say why."""
        self.kept[label, reason] += count

    def unfrozen(
        self, label: str, keys: Sequence[Key], frozen: Callable[[Sequence[Key]], Mapping[Key, date]]
    ) -> list[Key]:
        """Those of the records that no closed books have; the others stay."""
        stays = frozen(keys)
        for day in stays.values():
            self.keep(label, why_frozen(day))
        return [key for key in keys if key not in stays]

    @property
    def count(self) -> int:
        """How many records were asked about."""
        return self.taken + sum(self.kept.values())


def take_back(pk: int, by: int | None) -> Import:
    """Take back an import that waits for it; one that does not stays as it is. A job cut off goes on where it was."""
    run = Import.objects.get(pk=pk)
    if run.state != Import.State.UNDOING:
        return run
    undoing = Undoing(run, User.objects.select_related("unit").filter(pk=by).first() if by else None)
    with (
        translation.override(run.language or settings.LANGUAGE_CODE),
        channel.through("import", run.request_id),
    ):
        try:
            for batch in run.batches.order_by("-id"):
                _take_batch(batch, undoing)
        except OperationalError:
            raise  # the database is away: the job is tried again
        except Exception:
            log.exception("import %s could not be taken back", run.pk)
            return fail_undo(
                run, fault=_("Something went wrong on our side; not all of it is back."), by=undoing.by
            )
        kept = [[label, reason, count] for (label, reason), count in sorted(undoing.kept.items())]
        return finish_undo(run, taken=undoing.taken, count=undoing.count, kept_back=kept, by=undoing.by)


def _take_batch(batch: Batch, undoing: Undoing) -> None:
    """The last first: told history, then changes, then what was made, children before what they hang on."""
    made = dict(batch.made)
    if told := made.pop("told", []):
        _take_moves(told, undoing)
    if placed := [change for change in batch.changed if "places" in change["before"]]:
        _places_back(placed, undoing)
    for change in reversed(batch.changed):
        if "places" not in change["before"]:
            _change_back(change, undoing)
    for label in sorted(made, key=ORDER.index):
        _take_made(label, made[label], undoing)


def _take_moves(keys: Sequence[str], undoing: Undoing) -> None:
    moves = dict(Move.objects.filter(import_key__in=keys).values_list("import_key", "deal_id"))
    touched = _touched("pipeline.deal", set(moves.values()), undoing)
    if late := [key for key, deal in moves.items() if deal in touched]:
        undoing.keep("pipeline.move", _since(), len(late))
    loose = [str(key) for key, deal in moves.items() if deal not in touched]
    free = undoing.unfrozen("pipeline.move", loose, frozen_moves)
    _each_or_halves(free, "pipeline.move", lambda some: withdraw_moves(some, by=undoing.by), undoing)


def _take_made(label: str, keys: Sequence[int], undoing: Undoing) -> None:
    model, act = MADE.get(label, (None, None))
    if model is None or act is None:
        undoing.keep(label, _("A rate stays, for amounts have been counted with it; set another."), len(keys))
        return
    there = set(model._default_manager.filter(pk__in=keys).values_list("pk", flat=True))
    touched = _touched(label, there, undoing)
    if touched:
        undoing.keep(label, _since(), len(touched))
    free = [key for key in reversed(keys) if key in there and key not in touched]
    if label in _FROZEN:
        free = undoing.unfrozen(label, free, _FROZEN[label])

    def withdraw(some: Sequence[int]) -> None:
        act(some, undoing.by)
        Origin.objects.filter(kind=undoing.run.kind, object_id__in=some).delete()

    _each_or_halves(free, label, withdraw, undoing)


def _each_or_halves(
    keys: Sequence[Any], label: str, act: Callable[[Sequence[Any]], object], undoing: Undoing
) -> None:
    """Do it to all together; where one cannot go, to the halves, until that one is found and stays."""
    if not keys:
        return
    try:
        with acting():
            act(keys)
        undoing.taken += len(keys)
    except (Refused, ProtectedError) as problem:
        if len(keys) > 1:
            middle = len(keys) // 2
            _each_or_halves(keys[:middle], label, act, undoing)
            _each_or_halves(keys[middle:], label, act, undoing)
            return
        used = _("Something else refers to it by now.")
        undoing.keep(label, problem.sentence if isinstance(problem, Refused) else used)


def _change_back(change: Mapping[str, Any], undoing: Undoing) -> None:
    label, key = change["label"], change["id"]
    model, act = CHANGED[label]
    row = model._default_manager.filter(pk=key).first()
    if row is None or _touched(label, {key}, undoing):
        undoing.keep(label, _since())
        return
    if "lines" in change["before"] and not undoing.unfrozen(label, [key], frozen_deals):
        return
    try:
        with acting():
            act(row, change["before"], undoing.by)
        undoing.taken += 1
    except Refused as refusal:
        undoing.keep(label, refusal.sentence)


def _places_back(changes: Sequence[Mapping[str, Any]], undoing: Undoing) -> None:
    """Units go back together: two may have changed places."""
    late = _touched("people.unit", [change["id"] for change in changes], undoing)
    if late:
        undoing.keep("people.unit", _since(), len(late))
    units = Unit.objects.in_bulk([change["id"] for change in changes if change["id"] not in late])
    former = {change["id"]: stays_of(change["before"]["places"]) for change in changes}
    for outcome in people.tell_places([(unit, former[key]) for key, unit in units.items()], by=undoing.by):
        if isinstance(outcome, Refused):
            undoing.keep("people.unit", outcome.sentence)
        else:
            undoing.taken += 1


def _touched(label: str, keys: Collection[int], undoing: Undoing) -> set[int]:
    """Those that anything else happened to since, other than by imports that were taken back themselves."""
    assert undoing.run.began_at is not None
    undone = Import.objects.filter(state=Import.State.UNDONE).values_list("request_id", flat=True)
    own = [undoing.run.request_id, *undone]
    return touched(label, keys, since=undoing.run.began_at, besides=own)


def _since() -> str:
    return _("It has changed since.")
