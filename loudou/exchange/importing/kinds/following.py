"""How targets are agreed and followed up: negotiations, measures, evaluations of weeks and months."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loudou.exchange.importing import cells, columns
from loudou.exchange.importing.alike import alike
from loudou.exchange.importing.engine import Run, each
from loudou.exchange.importing.kinds.targets import METRIC, PERIOD, SMART, period_of, person_of, unit_of
from loudou.exchange.importing.references import known_before, person, remember
from loudou.exchange.importing.spec import Column, Kind, Row, register
from loudou.journal.record import plain
from loudou.kernel.refusals import Refused
from loudou.people.models import User
from loudou.steering import verbs as steering
from loudou.steering.models import Measure, Note
from loudou.targets import verbs as targets
from loudou.targets.models import Negotiation, Target

_WORDS = ("specific", "attainable", "relevant", "comment")
_OWNER = {"unit": "unit_code", "person": "username", "owner": "owner_username"}


def take_negotiations(rows: Sequence[Row], run: Run) -> None:
    """Set envelopes that are new with what is proposed; of one that runs, answer or propose what the row says anew."""
    each(rows, lambda row: _negotiate(row.values, run), unit="unit_code")


def _negotiate(values: dict[str, Any], run: Run) -> str:
    unit, period = unit_of(values, run), period_of(values["period"], run)
    assert unit is not None
    about = {"unit": unit, "metric": values["metric"]}
    known = Negotiation.objects.filter(**about, starts_on=period.start, ends_on=period.end)
    former = known.order_by("-pk").first()
    envelope, proposed = values["envelope"], values.get("proposed")
    same = former is not None and former.envelope == envelope and proposed in (None, former.proposed)
    if same:
        return "unchanged"
    proposing = proposed is not None and (former is None or proposed != former.proposed)
    # What was said last is of who proposes, if anybody does.
    text = "" if proposing else values.get("text", "")
    if former is None or former.state == Negotiation.State.DROPPED:
        made = targets.open_negotiation(**about, period=period, envelope=envelope, text=text, by=run.by)
        run.trace.note_made("targets.negotiation", [made.pk])
        _propose(made, values, run)
        return "new"
    run.trace.note_changed(former, {"envelope": plain(former.envelope), "proposed": plain(former.proposed)})
    if former.envelope != envelope:
        former = targets.answer_proposal(former, envelope=envelope, text=text, by=run.by)
    if proposing:
        _propose(former, values, run)
    return "changed"


def _propose(negotiation: Negotiation, values: Mapping[str, Any], run: Run) -> None:
    if values.get("proposed") is not None:
        words = {name: values[name] for name in ("text", *_WORDS) if values.get(name)}
        targets.propose_target(negotiation, amount=values["proposed"], by=run.by, **words)


def take_measures(rows: Sequence[Row], run: Run) -> None:
    """Take over measures that are new; say of open ones what came of them."""
    keys = known_before(run, rows, fallback=_measure_by)
    there = Measure.objects.select_related("target").in_bulk(list(keys.values()))

    def act(row: Row) -> str:
        stored = there.get(keys.get(id(row), 0)) or _written_here(row.values, run)
        return _bring(row, run) if stored is None else _end(stored, row.values, run)

    each(rows, act, **_OWNER)


def _bring(row: Row, run: Run) -> str:
    values = row.values
    owner = _owner(values, run)
    more = {name: values[name] for name in ("state", "result") if values.get(name)}
    told = steering.MeasureRow(_target(values, run), values["text"], owner, values["due_on"], **more)
    made = steering.bring_measure(told, by=run.by)
    run.trace.note_made("steering.measure", [made.pk])
    if not run.dry:
        remember(run, [(row, made.pk)], fallback=_measure_by)
    return "new"


def _owner(values: Mapping[str, Any], run: Run) -> User:
    name = values["owner_username"]
    found = person(run, name)
    if found is None:
        sentence = _("There is nobody with the user name “{code}”.")
        raise Refused(sentence.format(code=name), field="owner")
    return found


def _written_here(values: dict[str, Any], run: Run) -> Measure | None:
    """The measure that says the same, where it was written here: an export has no id of it."""
    owner = _owner(values, run)
    same = Measure.objects.filter(target=_target(values, run), owner=owner, due_on=values["due_on"])
    return next((one for one in same.select_related("target") if alike(one.text, values["text"])), None)


def _end(measure: Measure, values: Mapping[str, Any], run: Run) -> str:
    state = values.get("state", measure.state)
    if state == measure.state:
        return "unchanged"
    run.trace.note_changed(measure, {"state": measure.state})
    steering.close_measure(measure, state=state, result=values.get("result", ""), by=run.by)
    return "changed"


def _measure_by(values: Mapping[str, Any]) -> tuple[Any, ...]:
    names = ("unit_code", "username", "metric", "period", "text", "owner_username", "due_on")
    return tuple(values.get(name) for name in names)


def take_evaluations(rows: Sequence[Row], run: Run) -> None:
    """Write what is said of weeks and months that are over; what was said otherwise is changed."""

    def act(row: Row) -> str:
        values = row.values
        target, period = _aim(values, run), period_of(values["period"], run)
        whose = {"unit": target.unit, "person": target.person}
        former = Note.objects.filter(**whose, starts_on=period.start, ends_on=period.end).first()
        if former is not None and alike(former.text, values["text"]):
            return "unchanged"
        note = steering.evaluate(target, period=period, text=values["text"], by=run.by)
        if former is None:
            run.trace.note_made("steering.note", [note.pk])
            return "new"
        run.trace.note_changed(note, {"text": former.text})
        return "changed"

    each(rows, act, **_OWNER)


def _target(values: dict[str, Any], run: Run) -> Target:
    """The target a row is about: whose, of what, when."""
    period = period_of(values["period"], run)
    found = _of_owner(values, run).filter(metric=values["metric"], starts_on=period.start, ends_on=period.end)
    target: Target | None = found.first()
    if target is None:
        raise Refused(_("There is no such target; set it first."), field="period")
    return target


def _aim(values: dict[str, Any], run: Run) -> Target:
    """A target whose period has the week or month that is evaluated: of bookings if there is one."""
    period = period_of(values["period"], run)
    target: Target | None = (
        _of_owner(values, run).touching(period).order_by("metric", "-starts_on", "ends_on").first()
    )
    if target is None:
        raise Refused(_("There is no target in this period to evaluate."), field="period")
    return target


def _of_owner(values: dict[str, Any], run: Run) -> Any:
    unit, person = unit_of(values, run), person_of(values, run)
    if unit is None and person is None:
        raise Refused(_("Say whose target it is."), field="unit")
    found = Target.objects.undivided().select_related("unit", "person")
    return found.filter(person=person) if person is not None else found.filter(unit=unit, person=None)


register(
    Kind(
        name="negotiations",
        title=gettext_lazy("Negotiations of targets"),
        rights=("targets.set",),
        order=94,
        at_once=True,
        take=take_negotiations,
        key=lambda values: tuple(values.get(name) for name in ("unit_code", "metric", "period")),
        columns=(
            columns.unit_code(required=True),
            METRIC,
            PERIOD,
            Column(
                "envelope", gettext_lazy("envelope"), cells.amount, True, ("盘子", "盤子", "下达值", "下達值")
            ),
            Column(
                "proposed", gettext_lazy("proposed"), cells.amount, aliases=("上报值", "上報值", "申报值")
            ),
            Column("text", gettext_lazy("message"), cells.text(1000), aliases=("说明", "說明", "留言")),
            *SMART,
            Column("comment", gettext_lazy("why it is real"), cells.text(300), aliases=("理由",)),
        ),
    )
)
register(
    Kind(
        name="measures",
        title=gettext_lazy("Measures"),
        rights=("targets.see",),
        order=95,
        at_once=True,
        take=take_measures,
        key=_measure_by,
        columns=(
            columns.unit_code(),
            columns.username(),
            METRIC,
            PERIOD,
            Column("text", gettext_lazy("measure"), cells.text(300), True, ("措施", "行动", "行動")),
            columns.owner("责任人", "責任人", required=True),
            Column("due_on", gettext_lazy("due"), cells.day, True, ("截止日期", "期限", "完成日期")),
            Column(
                "state",
                gettext_lazy("state"),
                cells.word(lambda: dict(Measure.State.choices)),
                aliases=("状态", "狀態"),
            ),
            Column("result", gettext_lazy("result"), cells.text(600), aliases=("结果", "結果")),
        ),
    )
)
register(
    Kind(
        name="evaluations",
        title=gettext_lazy("Evaluations"),
        rights=("targets.see",),
        order=96,
        at_once=True,
        take=take_evaluations,
        key=lambda values: tuple(values.get(name) for name in ("unit_code", "username", "period")),
        columns=(
            columns.unit_code(),
            columns.username(),
            PERIOD,
            Column(
                "text", gettext_lazy("evaluation"), cells.text(1000), True, ("评估", "評估", "评价", "評價")
            ),
        ),
    )
)
