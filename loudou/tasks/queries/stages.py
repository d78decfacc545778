"""The tasks that stages ask for (阶段任务): they belong to the funnel and are never copied, only shown where tasks are."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from django.db.models import DateTimeField, DurationField, Exists, ExpressionWrapper, F, OuterRef, Value
from django.db.models.functions import Coalesce

from loudou.people.models import User
from loudou.pipeline.models import Deal, StageTask, TaskDone

MOST = 200


@dataclass(frozen=True)
class Asked:
    """A task that the stage of an open deal asks for and nobody did yet; due as the stage says, else by its limit."""

    deal: Deal
    task: StageTask
    due_on: date | None

    @property
    def key(self) -> str:
        """What tells it apart where several are chosen."""
        return f"{self.deal.pk}-{self.task.pk}"


def asked(user: User, owners: Collection[int], zone: tzinfo, *, most: int = MOST) -> list[Asked]:
    """What stages ask of these people's open deals that the person may see, the earliest due first; two queries."""
    return _asked(_undone(user, owners), zone, most)


def asked_between(
    user: User, owners: Collection[int], since: datetime, until: datetime, zone: tzinfo, *, most: int
) -> list[Asked]:
    """Of these what the stage itself gives days for, due in `[since, until)`; two queries."""
    dated = _undone(user, owners).filter(spec__tasks__due_days__isnull=False)
    return _asked(dated.filter(by__gte=since, by__lt=until), zone, most)


def _undone(user: User, owners: Collection[int]) -> Any:
    """Open deals, each once a task of its stage that nobody did: `stage_task` with the instant `by` when it is due."""
    days = ExpressionWrapper(
        F("spec__tasks__due_days") * Value(timedelta(days=1)), output_field=DurationField()
    )
    own = ExpressionWrapper(F("stage_since") + days, output_field=DateTimeField())
    deals = Deal.objects.visible_to(user).open().filter(owner__in=owners)
    found = deals.annotate(stage_task=F("spec__tasks"), by=Coalesce(own, F("stage_limit_at")))
    done = TaskDone.objects.filter(deal=OuterRef("pk"), task=OuterRef("stage_task"))
    return found.exclude(stage_task=None).filter(~Exists(done))


def _asked(found: Any, zone: tzinfo, most: int) -> list[Asked]:
    order = (F("by").asc(nulls_last=True), "pk", "stage_task")
    deals = list(
        found.select_related("spec", "owner").defer("search", "extra", "note").order_by(*order)[:most]
    )
    tasks = StageTask.objects.in_bulk({deal.stage_task for deal in deals})
    return [
        Asked(deal, tasks[deal.stage_task], deal.by.astimezone(zone).date() if deal.by else None)
        for deal in deals
    ]
