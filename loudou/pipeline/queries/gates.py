"""Reading what a deal has shown, and what its gate still asks for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loudou.customers.models import Contact
from loudou.journal.vocabulary import values
from loudou.pipeline.figures.gates import Gate, gate
from loudou.pipeline.models import (
    Competitor,
    Deal,
    DealContact,
    Evidence,
    EvidenceKind,
    Line,
    StageSpec,
    StageTask,
    TaskDone,
)
from loudou.pipeline.queries.funnels import previous_specs, spec_of, specs
from loudou.ui.format import in_words
from loudou.ui.prepared import ANY, Prepared, among

# Fields a stage may require, and how they are called.
FIELDS = {
    "customer": gettext_lazy("customer"),
    "amount": gettext_lazy("expected order amount"),
    "expected_on": gettext_lazy("expected order date"),
    "next_step": gettext_lazy("next step with date"),
    "source": gettext_lazy("source"),
    "lines": gettext_lazy("products"),
    "contact": gettext_lazy("a contact"),
    "two_contacts": gettext_lazy("a second contact"),
    "decision_maker": gettext_lazy("the decision maker (EB)"),
    "competitor": gettext_lazy("the competitor"),
}
values("pipeline.deal", "missing", FIELDS)  # how an entry about a shut gate calls them


_GIVEN = Prepared(lambda key: Evidence.objects.filter(deal=key).select_related("given_by", "file"), ANY)
_DONE = Prepared(lambda key: TaskDone.objects.filter(deal=key).select_related("done_by"), ANY)


@dataclass(frozen=True)
class Shown:
    """One item of a gate with who showed it, for people."""

    kind: str  # evidence, field or task
    code: str
    name: str
    done: bool
    required: bool
    hint: str = ""
    evidence_kind: EvidenceKind | None = None
    task: StageTask | None = None
    evidence: Evidence | None = None
    taken_back: bool = False  # shown once, and withdrawn without anything in its place
    task_done: TaskDone | None = None

    @property
    def names(self) -> dict[str, str] | str:
        """What it is called in every language; a field by its name in `FIELDS`."""
        asked = self.evidence_kind or self.task
        return asked.names if asked is not None else self.code


@dataclass(frozen=True)
class Standing:
    """A deal before the gate of one of its stages."""

    spec: StageSpec
    gate: Gate
    items: list[Shown] = field(default_factory=list)

    @property
    def missing(self) -> list[Shown]:
        """What is required and not there, for people."""
        return [item for item in self.items if item.required and not item.done]


def standings(
    deal: Deal, specs: Sequence[StageSpec], *, have: Collection[str] | None = None
) -> list[Standing]:
    """The gates of these stages as the deal stands before them; `have` are the fields that are there, where known."""
    shown = _GIVEN.rows(deal.pk)
    given = {evidence.kind_id: evidence for evidence in shown if evidence.withdrawn_at is None}
    taken_back = {evidence.kind_id for evidence in shown} - given.keys()
    done = {row.task_id: row for row in _DONE.rows(deal.pk)}
    there = set(have) if have is not None else filled(deal)
    return [_standing(_whole(spec), given, taken_back, done, there) for spec in specs]


def standing(deal: Deal, spec: StageSpec) -> Standing:
    """The gate of one stage."""
    return standings(deal, [spec])[0]


def owed(deal: Deal) -> list[Standing]:
    """Gates behind the deal with what it still owes them before it can be won.

    Of skipped gates that is all they lack (C2: skipped gates are still filled); of a gate that was passed what was shown
    there and taken back since: it was passed on what did not hold.
    """
    return owing(deal, standings(deal, previous_specs(deal.spec)))


def owing(deal: Deal, behind: Sequence[Standing]) -> list[Standing]:
    """The same for who has the gates behind the deal in hand."""
    if _has_skipped(deal):
        return [before for before in behind if not before.gate.is_open]
    lacking = [
        replace(before, items=[item for item in before.missing if item.taken_back]) for before in behind
    ]
    return [before for before in lacking if before.items]


def filled(deal: Deal) -> set[str]:
    """Which of the fields a stage may require are there."""
    return given_by(deal).filled(deal)


@dataclass(frozen=True)
class Given:
    """What hangs on a deal that a gate may ask for: keys of evidence kinds (shown, and taken back) and tasks, parts of
    contacts, and whether there are rivals and lines."""

    kinds: frozenset[int] = frozenset()
    taken_back: frozenset[int] = frozenset()
    tasks: frozenset[int] = frozenset()
    parts: tuple[str, ...] = ()
    rivals: bool = False
    lines: bool = False

    def filled(self, deal: Deal) -> set[str]:
        """Which of the fields a stage may require are there."""
        return filled_from(deal, self.parts, rivals=self.rivals, lines=self.lines)


NOTHING = Given()


def _hanging(key: int) -> QuerySet[Deal, Any]:
    mine = {"deal": OuterRef("pk")}
    return Deal.objects.filter(pk=key).values_list(
        ArraySubquery(Evidence.objects.filter(**mine, withdrawn_at=None).values("kind_id")),
        ArraySubquery(Evidence.objects.filter(**mine).exclude(withdrawn_at=None).values("kind_id")),
        ArraySubquery(TaskDone.objects.filter(**mine).values("task_id")),
        ArraySubquery(DealContact.objects.filter(**mine).values("contact__part")),
        Exists(Competitor.objects.filter(**mine)),
        Exists(Line.objects.filter(**mine)),
    )


_HANGING = Prepared(_hanging, ANY)


def given_by(deal: Deal) -> Given:
    """What hangs on the deal (one query)."""
    ((kinds, withdrawn, tasks, parts, rivals, lines),) = _HANGING.tuples(deal.pk)
    there = frozenset(kinds)
    return Given(there, frozenset(withdrawn) - there, frozenset(tasks), tuple(parts), rivals, lines)


def is_open(deal: Deal, given: Given, *, winning: bool) -> bool:
    """Whether the deal's stage has all it asks for; to win, nothing may be owed to the gates behind either."""
    done, total, lacking = counted(deal, given)
    return done == total and not (winning and lacking)


def counted(deal: Deal, given: Given) -> tuple[int, int, int]:
    """How many required items of the deal's gate are there, how many are required, and how many it owes gates behind."""
    here = _judged(_whole(deal.spec), given.kinds, given.tasks, given.filled(deal))
    return here.done, here.total, _lacking(deal, given)


def counts_of(deals: Sequence[Deal], *, bare: bool = False) -> list[tuple[int, int]]:
    """For each of many deals, how many required items of its gate are there, and how many are required.

    `bare` deals are so new that nothing can hang on them; nothing is asked of them then.
    """
    keys = [] if bare else [deal.pk for deal in deals]
    given = _pairs(Evidence.objects.filter(withdrawn_at=None), keys, "kind_id")
    done = _pairs(TaskDone.objects.all(), keys, "task_id")
    parts = _pairs(DealContact.objects.all(), keys, "contact__part")
    rivals = _pairs(Competitor.objects.all(), keys, "id")
    lines = _pairs(Line.objects.all(), keys, "id")
    stages: dict[int, StageSpec] = {}
    judged: dict[tuple[object, ...], tuple[int, int]] = {}
    counts = []
    for deal in deals:
        if deal.spec_id not in stages:
            stages |= {spec.pk: spec for spec in specs(deal.funnel_version_id)}
        have = filled_from(deal, parts[deal.pk], rivals=bool(rivals[deal.pk]), lines=bool(lines[deal.pk]))
        alike = (deal.spec_id, *map(frozenset, (given[deal.pk], done[deal.pk], have)))
        if alike not in judged:
            found = _judged(stages[deal.spec_id], given[deal.pk], done[deal.pk], have)
            judged[alike] = found.done, found.total
        counts.append(judged[alike])
    return counts


def _lacking(deal: Deal, given: Given) -> int:
    """How many items are owed to the gates behind (`owed`)."""
    if _has_skipped(deal):
        there = given.kinds, given.tasks, given.filled(deal)
        judged = [_judged(_whole(spec), *there) for spec in previous_specs(deal.spec)]
        return sum(before.total - before.done for before in judged)
    if not given.taken_back:
        return 0
    kinds = (kind for spec in previous_specs(deal.spec) for kind in _whole(spec).evidence_kinds.all())
    return sum(kind.required and kind.pk in given.taken_back for kind in kinds)


def _has_skipped(deal: Deal) -> bool:
    """Whether gates were skipped that are still asked for; what an imported past skipped is not."""
    return bool(deal.skips > (deal.brought or {}).get("skips", 0))


def _whole(spec: StageSpec) -> StageSpec:
    """The stage with its evidence kinds and tasks read."""
    return spec_of(spec.version_id, spec.stage_id) or spec


def _pairs(rows: QuerySet[Any], deals: list[int], column: str) -> dict[int, list[Any]]:
    """What hangs on each of these deals, by its key."""
    found: dict[int, list[Any]] = defaultdict(list)
    hanging = rows.filter(among(deals, "deal")) if deals else rows.none()
    for deal, value in hanging.values_list("deal_id", column):
        found[deal].append(value)
    return found


def filled_from(deal: Deal, parts: Sequence[str], *, rivals: bool, lines: bool) -> set[str]:
    """The same for who knows already what parts its contacts play, and whether it has rivals and lines."""
    facts = {
        "customer": bool(deal.customer_id),
        "amount": deal.amount > 0,
        "expected_on": deal.expected_on is not None,
        "next_step": bool(deal.next_step and deal.next_on),
        "source": bool(deal.source),
        "contact": bool(parts),
        "two_contacts": len(parts) >= 2,
        "decision_maker": Contact.Part.ECONOMIC in parts,
        "competitor": rivals,
        "lines": lines,
    }
    return {name for name, there in facts.items() if there}


def _judged(spec: StageSpec, given: Collection[int], done: Collection[int], have: set[str]) -> Gate:
    """The gate of a stage (read whole) before a deal that gave this evidence, did these tasks and has these fields."""
    kinds, tasks = list(spec.evidence_kinds.all()), list(spec.tasks.all())
    return gate(
        evidence=[(kind.code, kind.required) for kind in kinds],
        given={kind.code for kind in kinds if kind.pk in given},
        fields=spec.required_fields,
        filled=have,
        tasks=[(task.code, task.required) for task in tasks],
        done={task.code for task in tasks if task.pk in done},
    )


def _standing(
    spec: StageSpec,
    given: dict[int, Evidence],
    taken_back: set[int],
    done: dict[int, TaskDone],
    have: set[str],
) -> Standing:
    kinds, tasks = list(spec.evidence_kinds.all()), list(spec.tasks.all())
    judged = _judged(spec, given, done, have)
    items = [
        Shown(
            "evidence",
            kind.code,
            in_words(kind.names),
            kind.pk in given,
            kind.required,
            hint=in_words(kind.hint),
            evidence_kind=kind,
            evidence=given.get(kind.pk),
            taken_back=kind.pk in taken_back,
        )
        for kind in kinds
    ]
    items += [
        Shown("field", name, str(FIELDS.get(name, name)), name in have, True, hint=_("on the deal itself"))
        for name in spec.required_fields
    ]
    items += [
        Shown(
            "task",
            task.code,
            in_words(task.names),
            task.pk in done,
            task.required,
            hint=task.form,
            task=task,
            task_done=done.get(task.pk),
        )
        for task in tasks
    ]
    return Standing(spec, judged, items)
