"""Reading funnels."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache

from django.db.models import Case, Exists, OuterRef, Prefetch, Q, QuerySet, When

from loudou.people.models import User
from loudou.pipeline.figures.history import Fact
from loudou.pipeline.models import Deal, EvidenceKind, Funnel, FunnelVersion, StageSpec, StageTask
from loudou.pipeline.models.deal import LIVE, Deals
from loudou.ui.prepared import MANY, Prepared, among
from loudou.ui.spelling import folded


def _in_use() -> QuerySet[Funnel]:
    funnels = Funnel.objects.filter(retired_at=None).exclude(current=None).select_related("current")
    return funnels.order_by("-is_default", "id")


_FUNNELS = Prepared(_in_use)
_FUNNELS_OF = Prepared(
    lambda units: _in_use().filter(Q(units=None) | Q(among(units, "units"))).distinct(), MANY
)


def _own_first(units: Sequence[int]) -> QuerySet[Funnel]:
    of_units = Funnel.units.through.objects.filter(funnel=OuterRef("pk"))
    own = Exists(of_units.filter(among(list(units), "unit"))) | ~Exists(of_units)
    return _in_use().order_by(Case(When(own, then=0), default=1), "-is_default", "id")


_FUNNELS_OWN_FIRST = Prepared(_own_first, MANY)


def funnels_to_look_at(user: User | None) -> list[Funnel]:
    """All funnels in use, those that this person may open deals on first; one query."""
    if user is None:
        return _FUNNELS.rows()
    return _FUNNELS_OWN_FIRST.rows(user.unit.ancestor_ids() if user.unit else [])


def usable_funnels(user: User | None) -> list[Funnel]:
    """Funnels this person may open deals on: those for everybody and those of a unit they stand below."""
    if user is None:
        return _FUNNELS.rows()
    return _FUNNELS_OF.rows(user.unit.ancestor_ids() if user.unit else [])


def default_funnel(user: User | None) -> Funnel | None:
    """The funnel a new deal starts on when none is named."""
    return next(iter(usable_funnels(user)), None)


def funnel_named(name: str) -> Funnel | None:
    """A funnel by its code or its name in any language."""
    wanted = folded(name)
    for funnel in Funnel.objects.select_related("current"):
        if folded(funnel.code) == wanted or any(folded(text) == wanted for text in funnel.names.values()):
            return funnel
    return None


def specs(version: FunnelVersion | int) -> list[StageSpec]:
    """The stages of a version in order, with their evidence kinds and tasks."""
    key = version if isinstance(version, int) else version.pk
    return list(_published_specs(key).values())


def spec_of(version_id: int, stage_id: int | None) -> StageSpec | None:
    """The stage as a version has it, or None where it is not in the version."""
    if stage_id is None:
        return None
    return _published_specs(version_id).get(stage_id)


def version_with(version_id: int, stage_id: int) -> int:
    """This version where it has the stage, else the newest published one of its funnel that has it."""
    if spec_of(version_id, stage_id) is not None:
        return version_id
    having = StageSpec.objects.filter(stage=stage_id).exclude(version__published_at=None)
    return having.order_by("-version__number").values_list("version", flat=True).first() or version_id


def version_then(version_id: int, facts: Iterable[Fact], at: datetime) -> int:
    """The version a deal of this one, with these facts, was on at an instant."""
    return version_at(version_id, (fact.at for fact in facts if fact.kind == "migrate"), at)


def version_at(version_id: int, migrated: Iterable[datetime], at: datetime) -> int:
    """The version a deal of this one, that was migrated at these instants, was on at an instant.

    Its own, unless it was migrated since: then the newest of those before that was published by then, or the next one
    before where history was told before any was.
    """
    since = sum(when >= at for when in migrated)
    published = _published_until(version_id) if since else ()
    if not published:
        return version_id
    before = published[min(since, len(published) - 1) :]
    return next((key for when, key in before if when < at), before[0][1])


def in_force(funnel: Funnel, at: datetime) -> int | None:
    """The version of a funnel in force at an instant; None where none of several had been published by then."""
    published = _published_until(funnel.current_id or 0)
    if len(published) < 2:
        return funnel.current_id or 0
    return next((key for when, key in published if when < at), None)


def _published_until(version_id: int) -> tuple[tuple[datetime, int], ...]:
    """When it and the versions of its funnel before it were published, the newest first; () of a draft, or of none.

    With the first come those of all funnels; read again only when there is a version that was not known.
    """
    if version_id and version_id not in _published_cache:
        _read_published()
    return _published_cache.get(version_id, ())


def _read_published() -> None:
    rows = FunnelVersion.objects.exclude(published_at=None).order_by("funnel", "number")
    published: dict[int, tuple[tuple[datetime, int], ...]] = {}
    for funnel, version, at in rows.values_list("funnel", "pk", "published_at"):
        if at is not None:
            published[funnel] = ((at, version), *published.get(funnel, ()))
            _published_cache[version] = published[funnel]


_published_cache: dict[int, tuple[tuple[datetime, int], ...]] = {}


def at_their_stages(deals: list[Deal]) -> list[Deal]:
    """These deals, their stages as a process has read them already."""
    for deal in deals:
        if spec := spec_by_key(deal.funnel_version_id, deal.spec_id):
            deal.spec = spec
    return deals


def spec_by_name(version_id: int, name: str) -> StageSpec | None:
    """A stage by its code or its name in any language."""
    return by_name(_published_specs(version_id).values()).get(folded(name))


def by_name(known: Iterable[StageSpec]) -> dict[str, StageSpec]:
    """Stages by all they answer to, folded: code, names, then each half of a name that gives two (报备/来电); first come first."""
    found: dict[str, StageSpec] = {}
    known = list(known)
    for spec in known:
        for name in (spec.stage.code, *spec.names.values()):
            found.setdefault(folded(name), spec)
    for spec in known:
        for name in spec.names.values():
            for half in name.split("/"):
                found.setdefault(folded(half), spec)
    return found


def next_spec(spec: StageSpec) -> StageSpec | None:
    """The stage after this one in its version; None after the last."""
    after = [other for other in _published_specs(spec.version_id).values() if other.position > spec.position]
    return min(after, key=lambda other: other.position, default=None)


def previous_specs(spec: StageSpec) -> list[StageSpec]:
    """The stages before this one in its version, in order."""
    before = [other for other in _published_specs(spec.version_id).values() if other.position < spec.position]
    return sorted(before, key=lambda other: other.position)


def stage_order(funnel_id: int) -> Mapping[int, int]:
    """The place of every stage a funnel ever had, by stage key: the version in force, older stages woven in.

    A stage that newer versions dropped stands right after the one it followed when it was last there.
    """
    return stage_orders([funnel_id])[funnel_id]


def stage_orders(funnels: Collection[int] | None = None) -> dict[int, Mapping[int, int]]:
    """`stage_order` of each of these funnels (None: of every published one); one query."""
    rows = FunnelVersion.objects.exclude(published_at=None).order_by("-number")
    if funnels is not None:
        rows = rows.filter(funnel__in=funnels)
    versions: dict[int, list[int]] = {funnel: [] for funnel in funnels or ()}
    for funnel, version in rows.values_list("funnel", "pk"):
        versions.setdefault(funnel, []).append(version)
    _know(version for found in versions.values() for version in found)
    return {funnel: _order(funnel, tuple(found)) for funnel, found in versions.items()}


def order_in(funnel: Funnel) -> Mapping[int, int]:
    """`stage_order` of a funnel at hand; read once a process for each version in force."""
    return order_under(funnel.pk, funnel.current_id)


@lru_cache(maxsize=256)
def order_under(funnel_id: int, current_id: int | None) -> Mapping[int, int]:
    """The same by keys: of the funnel, and of its version in force."""
    versions = _versions(current_id)
    _know(versions)
    return _order(funnel_id, versions)


def _versions(current_id: int | None) -> tuple[int, ...]:
    """Every published version of the funnel that has this one in force, the newest first."""
    return tuple(version for _at, version in _published_until(current_id or 0))


@lru_cache(maxsize=256)
def _order(funnel_id: int, versions: tuple[int, ...]) -> Mapping[int, int]:
    line: list[int] = []
    for version in versions:
        before: int | None = None
        for spec in sorted(_published_specs(version).values(), key=lambda spec: spec.position):
            if spec.stage_id not in line:
                line.insert(line.index(before) + 1 if before in line else 0, spec.stage_id)
            before = spec.stage_id
    return {stage: place for place, stage in enumerate(line)}


def _published_specs(version_id: int) -> Mapping[int, StageSpec]:
    """Stages of a version by stage key, whole. A published version never changes, so it is read once a process.

    With the first come those of all published versions: who looks at one funnel looks at others too.
    """
    known = _specs_cache.get(version_id)
    if known is None:
        # Another thread may have read it meanwhile.
        known = _read([version_id]).get(version_id) or _specs_cache.get(version_id, {})
    return known


def know() -> None:
    """Read what a process remembers of funnels, so that nobody who looks first waits for it: four statements."""
    _read_published()
    _know(_published_cache)


def _know(versions: Iterable[int]) -> None:
    """Have the stages of these published versions read, together and not one after another."""
    if missing := [version for version in versions if version not in _specs_cache]:
        _read(missing)


def _read(versions: Sequence[int]) -> dict[int, dict[int, StageSpec]]:
    """Stages of these versions and of those published, by version and stage key, in order, whole, but for what is known:
    three statements, however many they are.
    """
    wanted = Q(version__in=versions) | Q(version__published_at__isnull=False)
    rows = StageSpec.objects.filter(wanted).exclude(version__in=list(_specs_cache))
    rows = rows.select_related("stage", "version__funnel").prefetch_related(
        Prefetch("evidence_kinds", EvidenceKind.objects.order_by("position", "id")),
        Prefetch("tasks", StageTask.objects.order_by("position", "id")),
    )
    found: dict[int, dict[int, StageSpec]] = {}
    published: set[int] = set()
    for spec in rows.order_by("version", "position"):
        found.setdefault(spec.version_id, {})[spec.stage_id] = spec
        if spec.version.published_at is not None:
            published.add(spec.version_id)
    for version in published:
        _specs_cache[version] = found[version]
    return found


_specs_cache: dict[int, Mapping[int, StageSpec]] = {}


def forget() -> None:
    """Drop what was read of published versions (tests change databases under a process)."""
    _specs_cache.clear()
    _order.cache_clear()
    order_under.cache_clear()
    _every_spec.cache_clear()
    _published_cache.clear()


def draft_of(funnel: Funnel) -> FunnelVersion | None:
    """The version being edited, if there is one."""
    return funnel.versions.filter(published_at=None).first()


def funnel_coded(code: str) -> Funnel | None:
    """A funnel by its code."""
    return Funnel.objects.select_related("current").filter(code=code).first()


def specs_of_stage(stage_id: int) -> list[int]:
    """The keys under which a stage stands in any version of its funnel."""
    return list(StageSpec.objects.filter(stage_id=stage_id).values_list("pk", flat=True))


def left_behind(funnel: Funnel) -> Deals:
    """Running deals of a funnel that are not on its version in force."""
    return Deal.objects.filter(funnel=funnel, outcome__in=LIVE).exclude(funnel_version=funnel.current_id)


def every_spec(funnel: Funnel) -> Sequence[StageSpec]:
    """Every stage of every published version of a funnel, newest version first, in order.

    Read once a process: publishing another version makes that the one in force, and the funnel another key.
    """
    return _every_spec(funnel.pk, funnel.current_id)


@lru_cache(maxsize=256)
def _every_spec(funnel_id: int, current_id: int | None) -> tuple[StageSpec, ...]:
    versions = _versions(current_id)
    _know(versions)
    return tuple(spec for version in versions for spec in _published_specs(version).values())


def viewable_funnels(user: User | None, units: frozenset[int] | None) -> list[Funnel]:
    """Funnels in use whose deals a person may meet: everybody's, their own unit's, and those of `units` (None: all)."""
    if units is None:
        return _FUNNELS.rows()
    above = user.unit.ancestor_ids() if user is not None and user.unit else []
    return _FUNNELS_OF.rows([*above, *sorted(units)])


def spec_by_key(version_id: int, spec_id: int) -> StageSpec | None:
    """A stage of a published version by its own key; read once a process."""
    found = (spec for spec in _published_specs(version_id).values() if spec.pk == spec_id)
    return next(found, None)
