"""Where the two logs of a day differ, what the control desk asks about it, what is explained and how that is judged (C4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from ninja import Query, Router, Status
from pydantic import Field

from loudou.daylog import verbs
from loudou.daylog.lens import DayLens
from loudou.daylog.models import DayLog, Line
from loudou.daylog.models import Query as Asked
from loudou.daylog.queries.dual import dual, may_compare
from loudou.exchange.api.day_logs import StopRow, stop_row
from loudou.exchange.api.gate import Call, sent_version
from loudou.exchange.api.listing import looked, page
from loudou.exchange.api.rows import tagged, there
from loudou.exchange.api.shapes import (
    VERSIONED,
    In,
    Key,
    OfPeriod,
    Out,
    Page,
    PersonRef,
    Version,
    When,
    person_ref,
)
from loudou.kernel.refusals import Forbidden
from loudou.people.access import fetch, require

router = Router(tags=["day logs"])
ORDER = ("-asked_at", "-id")
KeyField = Literal["place", "customer", "persons", "result"]


class PairRow(Out):
    line: int = Field(description="The stop as it was written, for asking about it.")
    written: StopRow
    heard: StopRow
    differing: list[str]


class Differences(Out):
    fields_compared: int
    fields_differing: int
    pairs: list[PairRow]
    only_written: list[StopRow]
    only_heard: list[StopRow]


class DayQueryRow(Out):
    id: int
    version: int
    day_log: int
    user: PersonRef
    day: date
    line: int
    field: str
    written: str
    heard: str
    asked_at: When
    asked_by: PersonRef | None
    due_at: When
    answer: str
    answered_at: When | None
    verdict: str
    judged_by: PersonRef | None
    judged_at: When | None


class DayQueryPage(Page[DayQueryRow]):
    pass


class DayQueryFilter(OfPeriod):
    state: Literal["", "unanswered", "answered", "judged"] = ""


class NewDayQuery(In):
    line: Key
    field: KeyField


class Explanation(In):
    version: Version | None = None
    answer: Annotated[str, Field(min_length=1, max_length=2000)]


class Verdict(In):
    version: Version | None = None
    verdict: Literal["explained", "integrity"]


_STATES: dict[str, dict[str, Any]] = {
    "unanswered": {"answered_at": None, "verdict": ""},
    "answered": {"answered_at__isnull": False, "verdict": ""},
    "judged": {"judged_at__isnull": False},
}


@router.get(
    "/day-logs/{int:id}/differences", response=Differences, summary=_("Where both logs of a day differ")
)
def get_differences(request: Call, id: Key) -> Differences:
    """Stop by stop, field by field; nothing where no evening call took place. Reading the day of another is on record.

    Its author sees it once the log is signed, locked or asked about.
    """
    log = fetch(request.user, DayLog, id, to="daylog.compare")
    if not may_compare(request.user, log):
        raise Forbidden(gettext("What the control desk heard is shown once your log is final."))
    verbs.read_log(log, by=request.user)
    both = dual(log)
    found, heard = both.comparison, both.heard
    written = {line.pk: line for line in both.written}
    return Differences(
        fields_compared=found.compared,
        fields_differing=found.differing,
        pairs=[
            PairRow(
                line=pair.written.key,
                written=stop_row(written[pair.written.key]),
                heard=stop_row(heard[pair.heard.key]),
                differing=list(pair.differing),
            )
            for pair in found.pairs
        ],
        only_written=[stop_row(written[said.key]) for said in found.only_written],
        only_heard=[stop_row(heard[said.key]) for said in found.only_heard],
    )


@router.post(
    "/day-logs/{int:id}/queries",
    response={201: DayQueryRow},
    summary=_("Ask why both logs differ"),
)
def ask_about(request: Call, id: Key, body: NewDayQuery) -> Status[DayQueryRow]:
    """In one field of one stop; an answer is due in a working day."""
    log = fetch(request.user, DayLog, id, to="daylog.desk")
    line = there(Line.objects.filter(log=log, pk=body.line).first(), "line")
    made = verbs.ask_about(log, line=line, field=body.field, by=request.user)
    request.place = f"/api/v1/day-queries/{made.pk}"
    return Status(201, _told(request, made.pk))


@router.get("/day-queries", response=DayQueryPage, summary=_("Queries about day logs"))
def list_day_queries(request: Call, asked: Query[DayQueryFilter]) -> Page[DayQueryRow]:
    """The latest first."""
    require(request.user, "daylog.compare")
    rows = looked(DayLens, asked.model_copy(update={"state": ""}), request.user).queries
    found = rows.filter(**_STATES.get(asked.state, {}))
    return page(request, found, asked, DayQueryPage, order=ORDER, load=_load, shape=day_query_row)


@router.get("/day-queries/{int:id}", response=DayQueryRow, summary=_("A query about a day log"))
def get_day_query(request: Call, id: Key) -> DayQueryRow:
    return _told(request, fetch(request.user, Asked, id).pk)


@router.post(
    "/day-queries/{int:id}/explain",
    response=DayQueryRow,
    summary=_("Explain a difference"),
    openapi_extra=VERSIONED,
)
def answer_query(request: Call, id: Key, body: Explanation) -> DayQueryRow:
    """By who wrote the log, until it is judged."""
    version, query = sent_version(request, body.version), fetch(request.user, Asked, id)
    verbs.answer_query(query, answer=body.answer, by=request.user, version=version)
    return _told(request, id)


@router.post(
    "/day-queries/{int:id}/judge",
    response=DayQueryRow,
    summary=_("Judge an explanation"),
    openapi_extra=VERSIONED,
)
def judge_query(request: Call, id: Key, body: Verdict) -> DayQueryRow:
    """It explains the difference, or it is a case of integrity; once, after the answer or when its time is over."""
    version, query = sent_version(request, body.version), fetch(request.user, Asked, id, to="daylog.desk")
    verbs.judge_query(query, verdict=body.verdict, by=request.user, version=version)
    return _told(request, id)


def day_query_row(query: Asked) -> DayQueryRow:
    """What was asked about a day, answered, judged."""
    same = (
        *("version", "field", "written", "heard", "asked_at"),
        *("due_at", "answer", "answered_at", "verdict", "judged_at"),
    )
    return DayQueryRow(
        id=query.pk,
        day_log=query.log_id,
        user=person_ref(query.log.user),
        day=query.log.day,
        line=query.line_id,
        asked_by=person_ref(query.asked_by),
        judged_by=person_ref(query.judged_by),
        **{name: getattr(query, name) for name in same},
    )


def _load(keys: Sequence[int]) -> list[Asked]:
    rows = Asked.objects.filter(pk__in=keys)
    return list(rows.select_related("log__user", "asked_by", "judged_by"))


def _told(request: Call, key: int) -> DayQueryRow:
    return day_query_row(tagged(request, _load([key])[0]))
