"""Making and changing funnels: a draft is edited freely, publishing makes it the version in force."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from loudou.journal.record import lock, record, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Refused, Stale
from loudou.people.access import require
from loudou.people.models import Unit, User
from loudou.pipeline import events
from loudou.pipeline.models import Funnel, FunnelVersion, StageSpec
from loudou.pipeline.queries.funnels import draft_of, specs
from loudou.pipeline.verbs._names import Names, free_code, named, refuse_taken
from loudou.pipeline.verbs._stages import StagePlan, plan_of, write_stages
from loudou.pipeline.verbs._texts import sane_texts


@verb
def add_funnel(
    *,
    code: str,
    names: Names,
    stages: Sequence[StagePlan],
    by: User | None,
    business: str = "",
    in_use: bool = True,
) -> Funnel:
    """Make a funnel with a first draft; nobody can use it before it is published. An empty code is made from the name."""
    require(by, "pipeline.set_up")
    code = code or free_code(list(Funnel.objects.values_list("code", flat=True)), names, prefix="funnel")
    sane_texts(Funnel, {"code": code, "business": business})
    funnel = Funnel(code=code, names=named(names), business=business.strip())
    if not in_use:
        funnel.retired_at = clock.now()
    try:
        with transaction.atomic():
            funnel.save()
    except IntegrityError:
        raise Refused(_("A funnel with the code “{code}” exists.").format(code=code), field="code") from None
    if by is not None:  # what everybody is furnished with may meet a name that an organisation gave first
        _refuse_namesake(funnel)
    draft = FunnelVersion.objects.create(funnel=funnel, number=1)
    write_stages(draft, stages)
    record(events.FUNNEL_ADDED, funnel, by=by, code=code)
    return funnel


@verb
def edit_draft(
    funnel: Funnel, *, stages: Sequence[StagePlan], by: User | None, version: int | None = None
) -> FunnelVersion:
    """Replace the draft of a funnel, beginning one where there is none.

    `version` is that of the draft the person saw, 0 where they saw none: raises `Stale` when it has changed, was
    published or discarded, or when somebody else has begun one.
    """
    require(by, "pipeline.set_up")
    fresh = lock(funnel)
    draft = draft_of(fresh)
    if version is not None and version != (draft.version if draft else 0):
        raise _stale(draft)
    standing = draft or fresh.current
    before = [plan_of(spec) for spec in specs(standing)] if standing is not None else []
    if draft is None:
        last = fresh.versions.order_by("-number").first()
        draft = FunnelVersion.objects.create(funnel=fresh, number=(last.number if last else 0) + 1)
    draft.stages.all().delete()
    write_stages(draft, stages, before=before)
    draft.version += 1
    draft.save(update_fields=["version"])
    record(events.FUNNEL_EDITED, fresh, by=by, number=draft.number, stages=[plan.names for plan in stages])
    return draft


@verb
def discard_draft(funnel: Funnel, *, by: User | None, version: int | None = None) -> Funnel:
    """Throw the draft away; the version in force stays."""
    require(by, "pipeline.set_up")
    fresh = lock(funnel)
    draft = draft_of(fresh)
    if draft is None or fresh.current_id is None:
        return fresh
    if version is not None and version != draft.version:
        raise _stale(draft)
    draft.delete()
    record(events.DRAFT_DISCARDED, fresh, by=by, number=draft.number)
    return fresh


@verb
def publish(funnel: Funnel, *, by: User | None, note: str = "", version: int | None = None) -> FunnelVersion:
    """Put the draft in force for new deals; running ones stay on their version until they are migrated.

    `version` is that of the draft the person saw; what somebody else changed since is not published unseen.
    """
    require(by, "pipeline.set_up")
    fresh = lock(funnel)
    draft = draft_of(fresh)
    if version is not None and version != (draft.version if draft else 0):
        raise _stale(draft)
    if draft is None:
        raise Refused(_("There is no draft to publish."))
    sane_texts(FunnelVersion, {"note": note})
    _check(specs(draft))
    draft.published_at, draft.published_by, draft.note = clock.now(), by, note.strip()
    draft.save()
    fresh.current = draft
    fresh.version += 1
    fresh.save(update_fields=["current", "version"])
    record(events.FUNNEL_PUBLISHED, fresh, by=by, number=draft.number, note=draft.note)
    return draft


@verb
def set_funnel(
    funnel: Funnel,
    *,
    by: User | None,
    version: int | None = None,
    names: Names | None = None,
    business: str | None = None,
    units: Sequence[Unit] | None = None,
    is_default: bool | None = None,
    in_use: bool | None = None,
) -> Funnel:
    """Change what a funnel is called, who may use it, whether it is the default, and whether it is in use at all."""
    require(by, "pipeline.set_up")
    if is_default:
        # One after another: of two who name a default at once, the second must see the first one's.
        list(Funnel.objects.select_for_update(no_key=True).order_by("pk"))
    fresh = lock(funnel, version=version)
    if names is not None:
        fresh.names = named(names)
    if business is not None:
        sane_texts(Funnel, {"business": business})
        fresh.business = business.strip()
    if units is not None:
        fresh.units.set(units)
    if in_use is not None:
        fresh.retired_at = None if in_use else fresh.retired_at or clock.now()
    if is_default and not fresh.is_default:
        Funnel.objects.filter(is_default=True).update(is_default=False)
        fresh.is_default = True
    if fresh.is_default and (fresh.retired_at is not None or fresh.current_id is None):
        raise Refused(_("The default funnel is published and in use; make another one the default first."))
    if names is not None or in_use:
        _refuse_namesake(fresh)
    fresh.version += 1
    fresh.save()
    record(
        events.FUNNEL_RETIRED if in_use is False else events.FUNNEL_EDITED,
        fresh,
        by=by,
        names=fresh.names,
        units=list(fresh.units.all()),
        is_default=fresh.is_default,
    )
    return fresh


def _refuse_namesake(funnel: Funnel) -> None:
    """Two funnels in use are called differently: people, files and commands choose them by name."""
    if funnel.retired_at is None:
        others = Funnel.objects.filter(retired_at=None).exclude(pk=funnel.pk)
        refuse_taken(
            funnel.names,
            others.values_list("names", flat=True),
            _("Another funnel in use is called “{name}”; give this one a name of its own."),
        )


def _stale(draft: FunnelVersion | None) -> Stale:
    sentence = _("Somebody else has changed this in the meantime; look at both values and decide.")
    return Stale(sentence, version=draft.version if draft else 0, differences={})


def _check(stages: Sequence[StageSpec]) -> None:
    for earlier, later in itertools.pairwise(stages):
        if later.probability < earlier.probability:
            sentence = _(
                "Success rates must not fall from one stage to the next: “{later}” comes after “{earlier}”."
            )
            raise Refused(sentence.format(later=later, earlier=earlier), field="stages")
    sure = [spec for spec in stages if spec.probability == 1]
    if len(sure) > 1:
        sentence = _("“{one}” and “{other}” are both 100 %; a deal is won once, after the last stage.")
        raise Refused(sentence.format(one=sure[0], other=sure[1]), field="stages")
