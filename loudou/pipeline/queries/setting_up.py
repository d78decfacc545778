"""Reading funnels for whoever sets them up: all of them, their versions, what a migration would do, how reasons are used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from django.db.models import Count, Q, Sum

from loudou.kernel.numbers import ZERO
from loudou.pipeline.models import (
    Deal,
    Evidence,
    EvidenceKind,
    Funnel,
    FunnelMigration,
    FunnelVersion,
    Reason,
    StageSpec,
    Stock,
)
from loudou.pipeline.models.deal import LIVE
from loudou.pipeline.queries.funnels import specs


@dataclass(frozen=True)
class Running:
    """Live deals somewhere: how many, their amount, and weighted by their own rate or their stage's."""

    count: int = 0
    amount: Decimal = ZERO
    own_weighted: Decimal = ZERO
    plain: Decimal = ZERO

    def weighted(self, rate: Decimal) -> Decimal:
        """Weighted where the stage's rate is this one."""
        return self.own_weighted + self.plain * rate

    def __add__(self, other: Running) -> Running:
        return Running(
            self.count + other.count,
            self.amount + other.amount,
            self.own_weighted + other.own_weighted,
            self.plain + other.plain,
        )


@dataclass
class Line:
    """A funnel in the list of all: its versions, the draft if any, the rates of its stages, what runs on it."""

    funnel: Funnel
    versions: list[FunnelVersion] = field(default_factory=list)
    rates: list[Decimal] = field(default_factory=list)
    stages: list[StageSpec] = field(default_factory=list)
    running: Running = field(default_factory=Running)
    behind: int = 0  # of them on older versions

    @property
    def draft(self) -> FunnelVersion | None:
        """The version being edited."""
        return next((version for version in self.versions if version.published_at is None), None)

    @property
    def shown(self) -> int | None:
        """The version its row speaks of: that in force, else the draft."""
        return self.funnel.current_id or (self.draft.pk if self.draft else None)


def lines() -> list[Line]:
    """Every funnel there is: the default first, then those in use, then the rest (five queries)."""
    funnels = Funnel.objects.select_related("current").prefetch_related("units")
    found = {funnel.pk: Line(funnel) for funnel in funnels.order_by("-is_default", "id")}
    for version in FunnelVersion.objects.order_by("-number"):
        found[version.funnel_id].versions.append(version)
    for version_id, standing in running_by_version(Q()).items():
        line = next(line for line in found.values() if any(v.pk == version_id for v in line.versions))
        line.running += standing
        line.behind += standing.count if version_id != line.funnel.current_id else 0
    stages = defaultdict(list)
    for spec in StageSpec.objects.filter(version__in=[line.shown for line in found.values()]):
        stages[spec.version_id].append(spec)
    for line in found.values():
        line.stages = sorted(stages[line.shown or 0], key=lambda spec: spec.position)
        line.rates = [spec.probability for spec in line.stages]
    return sorted(found.values(), key=lambda line: line.funnel.retired_at is not None)


def running_by_version(where: Q) -> dict[int, Running]:
    """Live deals by the version they are on, from what the database keeps of its stock."""
    return _summed("spec__version_id", where)


def running_by_spec(where: Q) -> dict[int, Running]:
    """The same by stage as a version has it."""
    return _summed("spec_id", where)


def _summed(column: str, where: Q) -> dict[int, Running]:
    rows = Stock.objects.filter(where).values(column)
    rows = rows.annotate(n=Sum("count"), base=Sum("amount"), own=Sum("own_weighted"), rest=Sum("plain"))
    return {
        row[column]: Running(row["n"], row["base"], row["own"], row["rest"])
        for row in rows.order_by()
        if row["n"]
    }


def versions_of(funnel: Funnel) -> list[FunnelVersion]:
    """The versions of a funnel, newest first."""
    return list(funnel.versions.select_related("published_by").order_by("-number"))


def migration_of(funnel: Funnel) -> FunnelMigration | None:
    """The migration that is under way."""
    return FunnelMigration.objects.filter(funnel=funnel, ended_at=None).select_related("target").first()


# What a migration would do -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """Live deals in one stage of an older version, and what happens to them.

    `to` is the stage they come to, None while nobody has said. `dropped` are marks asked for so far that the version
    in force no longer asks for, `asked` those it asks for in addition; `losing` is how many deals have shown
    something that would no longer count.
    """

    spec: StageSpec
    running: Running
    to: StageSpec | None = None
    dropped: Sequence[EvidenceKind] = ()
    asked: Sequence[EvidenceKind] = ()
    losing: int = 0

    @property
    def weighted(self) -> Decimal:
        """Weighted as it is."""
        return self.running.weighted(self.spec.probability)

    @property
    def weighted_then(self) -> Decimal | None:
        """Weighted as it would be; None while nobody has said where to."""
        return self.running.weighted(self.to.probability) if self.to else None


def steps(funnel: Funnel, mapping: Mapping[int, int]) -> list[Step]:
    """What a migration by this mapping would do to the deals of every stage that some stand in, oldest version first.

    A stage that nothing is said of goes to itself where the version in force has it.
    """
    if funnel.current is None:
        return []
    there = {spec.stage_id: spec for spec in specs(funnel.current)}
    standing = running_by_spec(Q(spec__version__funnel=funnel) & ~Q(spec__version=funnel.current_id))
    rows = StageSpec.objects.filter(pk__in=standing).select_related("version", "stage")
    rows = rows.prefetch_related("evidence_kinds").order_by("version__number", "position")
    found = []
    for spec in rows:
        to = there.get(mapping.get(spec.stage_id, spec.stage_id))
        found.append(_step(spec, standing[spec.pk], to))
    losing = _losing(funnel, mapping, there)
    return [replace(step, losing=losing.get(step.spec.pk, 0)) for step in found]


def _step(spec: StageSpec, running: Running, to: StageSpec | None) -> Step:
    if to is None:
        return Step(spec, running)
    former = {kind.code: kind for kind in spec.evidence_kinds.all()}
    later = {kind.code: kind for kind in to.evidence_kinds.all()}
    return Step(
        spec,
        running,
        to,
        dropped=[kind for code, kind in former.items() if code not in later],
        asked=[kind for code, kind in later.items() if code not in former],
    )


def _losing(funnel: Funnel, mapping: Mapping[int, int], there: Mapping[int, StageSpec]) -> dict[int, int]:
    """By stage, how many live deals have shown something, there or earlier, that would no longer count."""
    marks = {(stage, kind.code) for stage, spec in there.items() for kind in spec.evidence_kinds.all()}
    kinds = EvidenceKind.objects.filter(spec__version__funnel=funnel)
    kinds = kinds.exclude(spec__version=funnel.current_id).exclude(spec__version__published_at=None)
    gone = [
        key
        for key, stage, code in kinds.values_list("pk", "spec__stage_id", "code")
        if (mapping.get(stage, stage), code) not in marks
    ]
    shown = Evidence.objects.filter(kind__in=gone, withdrawn_at=None, deal__outcome__in=LIVE)
    shown = shown.exclude(deal__funnel_version=funnel.current_id)
    counts = shown.values("deal__spec_id").annotate(n=Count("deal", distinct=True)).order_by()
    return {row["deal__spec_id"]: row["n"] for row in counts}


def likely(funnel: Funnel, left: Collection[Step]) -> dict[int, int]:
    """A first mapping: each stage to itself, else to the last of those in force that are no surer than it."""
    if funnel.current is None:
        return {}
    there = specs(funnel.current)
    mapping = {}
    for step in left:
        known = next((spec for spec in there if spec.stage_id == step.spec.stage_id), None)
        unsure = [spec for spec in there if spec.probability <= step.spec.probability]
        mapping[step.spec.stage_id] = (known or (unsure[-1] if unsure else there[0])).stage_id
    return mapping


# Reasons -------------------------------------------------------------------------------------------------------


def reasons_by_kind() -> dict[str, list[tuple[Reason, int]]]:
    """Every reason in order with how many deals ended for it, by kind (two queries)."""
    used = Deal.objects.exclude(reason=None).values("reason").annotate(n=Count("pk")).order_by()
    counts = {row["reason"]: row["n"] for row in used}
    found: dict[str, list[tuple[Reason, int]]] = {kind: [] for kind in Reason.Kind.values}
    for reason in Reason.objects.order_by("position", "id"):
        found[reason.kind].append((reason, counts.get(reason.pk, 0)))
    return found
