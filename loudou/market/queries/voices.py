"""What visits, day logs and walks of a period say of the market; seven queries, whatever was written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from loudou.daylog.models import DayLog, Line
from loudou.fieldwork.models import VisitPlan, VisitRecord
from loudou.insight.lens import InsightLens
from loudou.insight.queries.scope import whose
from loudou.kernel.periods import Period
from loudou.market.figures.voices import Said, Voice, heard
from loudou.market.models import Stop, Walk
from loudou.pipeline.models import Competitor

MOST = 3000  # records of each kind, the latest; more than anybody reads


@dataclass(frozen=True)
class Heard:
    """The voices, the latest first; how many records were read, and whether there are more than that."""

    voices: list[Voice]
    records: int
    truncated: bool


def known_rivals() -> dict[str, str]:
    """The competitors that stand on deals, by how their names are compared."""
    names = Competitor.objects.order_by("name").values_list("name", flat=True).distinct()
    return {name.strip().casefold(): name.strip() for name in names}


def voices(lens: InsightLens, period: Period, known: datetime | None) -> Heard:
    """Everything the records of a period say of the market, as far as the person may see them."""
    rivals = known_rivals()
    found: list[Voice] = []
    read = []
    for gather in (_visits, _logs, _walks):
        rows = list(gather(lens, period, known)[: MOST + 1])
        read.append(len(rows))
        found += [voice for row in rows[:MOST] for voice in _TOLD[gather](row, rivals)]
    found.sort(key=lambda voice: voice.order, reverse=True)
    return Heard(found, sum(min(count, MOST) for count in read), any(count > MOST for count in read))


def _bound(lens: InsightLens, rows: Any, owner: str, unit: str, day: str, period: Period) -> Any:
    within = {f"{day}__gte": period.start, f"{day}__lt": period.end}
    return rows.filter(whose(lens.chosen, owner=owner, unit=unit, at=day, zone=lens.company.zone), **within)


def _on_record(known: datetime | None, annulled: str, written: str) -> Q:
    """What stands; with `known` what was written by then and stood: who annuls later takes nothing back (B0.1)."""
    stands = Q(**{annulled: None})
    if known is None:
        return stands
    return (stands | Q(**{f"{annulled}__gte": known})) & Q(**{f"{written}__lt": known})


def _visits(lens: InsightLens, period: Period, known: datetime | None) -> Any:
    plans = VisitPlan.objects.visible_to(lens.user).order_by().values("pk")
    told = VisitRecord.objects.filter(plan__in=plans).exclude(competitors="", concerns="", answers=[])
    told = _bound(lens, told, "plan__owner", "plan__unit", "plan__day", period)
    told = told.filter(_on_record(known, "plan__activity__annulled_at", "recorded_at"))
    shown = ("plan__owner__name", "plan__customer__name", "plan__customer__region", "plan__customer_id")
    return told.order_by("-plan__day", "-pk").values(
        "plan_id", "plan__day", "competitors", "concerns", "answers", *shown
    )


def _logs(lens: InsightLens, period: Period, known: datetime | None) -> Any:
    logs = DayLog.objects.current().visible_to(lens.user).order_by().values("pk")
    told = Line.objects.filter(log__in=logs).exclude(topics="", result="", unsolved="")
    told = _bound(lens, told, "log__user", "log__unit", "log__day", period)
    # As the 3E board counts them: a file of history brought a log that was handed in on its own day.
    told = told.filter(_on_record(known, "log__annulled_at", "log__submitted_at"))
    shown = ("log__user__name", "customer_name", "customer__region", "customer_id")
    return told.order_by("-log__day", "-pk").values(
        "log_id", "log__day", "topics", "result", "unsolved", *shown
    )


def _walks(lens: InsightLens, period: Period, known: datetime | None) -> Any:
    walks = Walk.objects.visible_to(lens.user).order_by().values("pk")
    told = Stop.objects.filter(walk__in=walks).exclude(heard="", competitors="", prices="")
    told = _bound(lens, told, "walk__owner", "walk__unit", "walk__day", period)
    told = told.filter(_on_record(known, "walk__annulled_at", "walk__recorded_at"))
    shown = ("walk__owner__name", "customer_name", "customer__region", "customer_id")
    return told.order_by("-walk__day", "-pk").values(
        "walk_id", "walk__day", "heard", "competitors", "prices", *shown
    )


def _of_visit(row: Mapping[str, Any], rivals: Mapping[str, str]) -> Iterator[Voice]:
    answers = [f"{question} — {answer}" for question, answer in row["answers"] if answer]
    said = heard(rivals, competitors=row["competitors"], customers=[row["concerns"], *answers])
    place = (row["plan__customer__name"], row["plan__customer_id"], row["plan__customer__region"])
    yield from _voices(said, row["plan__day"], "visit", row["plan_id"], row["plan__owner__name"], place)


def _of_log(row: Mapping[str, Any], rivals: Mapping[str, str]) -> Iterator[Voice]:
    texts = (row["topics"], row["result"])
    said = heard(rivals, customers=[row["unsolved"]], anything=texts)
    place = (row["customer_name"], row["customer_id"], row["customer__region"])
    yield from _voices(said, row["log__day"], "log", row["log_id"], row["log__user__name"], place)


def _of_walk(row: Mapping[str, Any], rivals: Mapping[str, str]) -> Iterator[Voice]:
    said = heard(rivals, competitors=row["competitors"], prices=row["prices"], customers=[row["heard"]])
    place = (row["customer_name"], row["customer_id"], row["customer__region"])
    yield from _voices(said, row["walk__day"], "walk", row["walk_id"], row["walk__owner__name"], place)


def _voices(
    said: list[Said], day: Any, source: str, key: int, who: str, place: tuple[str, int | None, str | None]
) -> Iterator[Voice]:
    customer, customer_id, region = place
    for one in said:
        yield Voice(one, day, source, key, who, customer, customer_id, region or "")


_TOLD: dict[Any, Any] = {_visits: _of_visit, _logs: _of_log, _walks: _of_walk}
