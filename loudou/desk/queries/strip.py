"""What stands on the funnels, a strip for each: from the sums the database keeps (`Stock`)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from loudou.kernel.numbers import ZERO
from loudou.people.access import reach, unit_ids
from loudou.people.grants import Reach
from loudou.people.models import User
from loudou.pipeline.models import Funnel, StageSpec
from loudou.pipeline.queries.funnels import specs as stages
from loudou.pipeline.queries.funnels import stage_order
from loudou.pipeline.queries.stock import Whose, stocked
from loudou.ui.prepared import MANY, Prepared, among

MOST_FUNNELS = 3


@dataclass
class Step:
    """A stage of a strip: how many open deals stand there, with what amount."""

    code: str
    names: dict[str, str]
    count: int = 0
    amount: Decimal = ZERO


@dataclass
class Strip:
    """A funnel with what stands on it, stage by stage."""

    funnel: Funnel
    steps: list[Step] = field(default_factory=list)

    @property
    def count(self) -> int:
        """All open deals on it."""
        return sum(step.count for step in self.steps)

    @property
    def amount(self) -> Decimal:
        """Their amount."""
        return sum((step.amount for step in self.steps), ZERO)


def whose(user: User) -> Whose:
    """The stock a person answers for: their own, that of their branch, or all."""
    far = reach(user, "pipeline.see")
    if far is Reach.ALL:
        return Whose()
    if far > Reach.OWN and user.unit_id is not None:
        return Whose(units=tuple(sorted(unit_ids(user, far))))
    return Whose(owner=user.pk)


def strips(wanted: Whose) -> list[Strip]:
    """The funnels with the most open deals of `wanted`, largest first; every stage in order, empty ones too."""
    sums = {row.spec: (row.deals, row.amount) for row in stocked(wanted, [False]) if row.deals > 0}
    if not sums:
        return []
    standing: dict[int, list[StageSpec]] = defaultdict(list)
    funnels: dict[int, Funnel] = {}
    for spec in _STANDING.rows(list(sums)):
        standing[spec.version.funnel_id].append(spec)
        funnels[spec.version.funnel_id] = spec.version.funnel
    busiest = sorted(funnels, key=lambda key: -sum(sums[spec.pk][0] for spec in standing[key]))[:MOST_FUNNELS]
    return [_strip(funnels[key], standing[key], sums) for key in busiest]


_STANDING = Prepared(
    lambda keys: (
        StageSpec.objects.filter(among(keys))
        .select_related("stage", "version__funnel")
        .only(
            "names",
            "stage__code",
            "version__funnel__names",
            "version__funnel__code",
            "version__funnel__current",
        )
    ),
    MANY,
)


def _strip(funnel: Funnel, specs: list[StageSpec], sums: dict[int, tuple[int, Decimal]]) -> Strip:
    """A stage keeps its identity over versions: deals on older ones count where their stage stands now."""
    assert funnel.current_id is not None
    current = stages(funnel.current_id)
    order = {spec.stage_id: place for place, spec in enumerate(current)}
    if not all(spec.stage_id in order for spec in specs):
        order = dict(stage_order(funnel.pk))
    steps = {spec.stage_id: Step(spec.stage.code, spec.names) for spec in current}
    for spec in specs:
        step = steps.setdefault(spec.stage_id, Step(spec.stage.code, spec.names))
        count, amount = sums[spec.pk]
        step.count += count
        step.amount += amount
    return Strip(funnel, [steps[key] for key in sorted(steps, key=lambda key: order.get(key, 99))])
