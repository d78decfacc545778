"""The pieces that flows and stocks are added up from, each put into SQL once for every shape it is asked in.

A statement of a flow has dozens of pieces, and Django takes longer to make it than the database to answer it. What a
piece is asked with (stages, owner, units, times) is known by name; which names there are is its shape, with the rows it
reads and what it is split by. A piece yields (number, key, stage, kind, count, amount).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Count,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.lookups import In

from loudou.insight.figures.flow import LIVE, Span
from loudou.insight.figures.scope import NO_SOURCE, Belonging, Scope
from loudou.insight.queries.conditions import entered, left, standing
from loudou.insight.queries.scope import during, which
from loudou.pipeline.models import Line, PartTally, State, Stock, Tally, Visit
from loudou.pipeline.models.history import ODD
from loudou.pipeline.models.lasting import EVERY, STEPS, Lasting
from loudou.ui.prepared import Shapes, among, together

Rows = Callable[["Given"], QuerySet[Any, Any]]

# What figures are split by, and how visits that come, visits that go, and states name it.
SPLITS = {
    "": None,
    "unit": ("unit", "left_unit", "unit"),
    "owner": ("owner", "left_owner", "owner"),
    "source": ("deal__source",) * 3,
    "product": ("deal__lines__product",) * 3,
}
_IN, _OUT, _STOCK = 0, 1, 2
_NOW = datetime(1, 1, 2, tzinfo=UTC)  # of spans that are only samples; no piece asks for it
# What a piece may be asked with, and a sample of each that occurs nowhere else in it.
_SAMPLES: Mapping[str, Any] = {
    "number": -987_654_301,
    "stages": [-987_654_302],
    "owner": -987_654_303,
    "units": [-987_654_304],
    "unit": -987_654_305,  # one that counts for a time: from when and until when
    "unit_since": datetime(1, 1, 3, tzinfo=UTC),
    "unit_until": datetime(1, 1, 4, tzinfo=UTC),
    "source": "a sample of a source",
    "product": -987_654_306,
    "first": date(1, 1, 5),  # of months, or parts of them
    "last": date(1, 1, 6),
    "since": datetime(1, 1, 7, tzinfo=UTC),
    "until": datetime(1, 1, 8, tzinfo=UTC),
    "known": datetime(1, 1, 9, tzinfo=UTC),
}


ENDS = ("unit_since", "unit_until")


@dataclass(frozen=True)
class Piece:
    """Rows that are added up with a sign; `values` are what they are asked with, by the names of `_SAMPLES`."""

    rows: Rows
    values: Mapping[str, Any]
    by: str = ""
    sign: int = 1


class Given(dict[str, Any]):
    """What a piece is asked with, where it is made: samples."""

    @property
    def span(self) -> Span:
        """The stretch looked at."""
        return Span(_NOW, self.get("since"), self.get("until"), self.get("known"))

    @property
    def which(self) -> Q:
        """Rows of deals that are what is asked for."""
        return which(Scope(source=self.get("source", ""), product=self.get("product")))

    def whose(self, *, owner: str = "owner", unit: str = "unit", at: str = "") -> Q:
        """Rows of the owner and of the units; of one that counts for a time where the instant in `at` lies in it."""
        wanted = Q(**{owner: self["owner"]}) if "owner" in self else Q()
        if "units" in self:
            wanted &= Q(among(self["units"], unit))
        if "unit" in self:
            one = Belonging(self["unit"], self.get("unit_since"), self.get("unit_until"))
            wanted &= during(one, unit=unit, at=at)
        return wanted

    def stages(self, path: str = "stage") -> Q:
        """Rows of the stages, which are one value of the statement."""
        return Q(among(self["stages"], path))

    def within(self, field: str) -> Q:
        """Rows with an instant in the stretch."""
        return self._from(field, "since", "until")

    def days(self, field: str) -> Q:
        """Rows of months or parts of them from the first to before the last."""
        return self._from(field, "first", "last")

    def _from(self, field: str, since: str, until: str) -> Q:
        wanted = Q(**{f"{field}__gte": self[since]}) if since in self else Q()
        return wanted & Q(**{f"{field}__lt": self[until]}) if until in self else wanted


def asked_with(scope: Scope) -> dict[str, Any]:
    """A scope as values: all of whose units count always, or the only one of which counts for a time."""
    found: dict[str, Any] = {"owner": scope.owner, "product": scope.product}
    if scope.source:
        found["source"] = "" if scope.source == NO_SOURCE else scope.source
    for one in scope.units or ():
        if one.always:
            found.setdefault("units", []).append(one.unit)
        else:
            found |= {"unit": one.unit, "unit_since": one.since, "unit_until": one.until}
    return {name: value for name, value in found.items() if value is not None}


def counted(pieces: Iterable[Piece]) -> list[tuple[int, Any, int, str, int, Any]]:
    """What all pieces yield, each named by its number; one query, none for no piece."""
    asked = [
        (
            _PIECES.of((piece.rows, piece.by, frozenset(piece.values))),
            [number, *(piece.values.get(name) for name in _NAMES)],
        )
        for number, piece in enumerate(pieces)
    ]
    return together(asked)


# Rows of whole months, and of whole parts of months.


def tallied(given: Given) -> QuerySet[Any, Any]:
    """What came and went."""
    return _tallied(Tally, "month", given).exclude(kind="stands")


def tallied_stands(given: Given) -> QuerySet[Any, Any]:
    """How much more stood at their end than at their beginning."""
    return _tallied(Tally, "month", given).filter(kind="stands")


def tallied_parts(given: Given) -> QuerySet[Any, Any]:
    """What came and went in parts of a month."""
    return _tallied(PartTally, "since", given).exclude(kind="stands")


def tallied_parts_stands(given: Given) -> QuerySet[Any, Any]:
    """How much more stood at the end of parts of a month than at their beginning."""
    return _tallied(PartTally, "since", given).filter(kind="stands")


def _tallied(model: type[Tally | PartTally], field: str, given: Given) -> QuerySet[Any, Any]:
    return model.objects.filter(given.whose(), given.stages(), given.days(field))


# Visits that are not odd, of the rest of a part.


def came(given: Given) -> QuerySet[Any, Any]:
    """Those that came."""
    return Visit.objects.filter(given.stages(), ~ODD, given.whose(), given.within("entered_at"))


def went(given: Given) -> QuerySet[Any, Any]:
    """Those that went."""
    return Visit.objects.filter(given.stages(), ~ODD, given.whose(unit="left_unit"), given.within("left_at"))


# Odd visits of the whole stretch.


def odd_came(given: Given) -> QuerySet[Any, Any]:
    """Those that came."""
    return Visit.objects.filter(given.stages(), ODD, entered(given.span), given.whose())


def odd_went(given: Given) -> QuerySet[Any, Any]:
    """Those that went."""
    return Visit.objects.filter(given.stages(), ODD, left(given.span), given.whose(unit="left_unit"))


# What stands now, and states of the rest of a part.


def stands(given: Given) -> QuerySet[Any, Any]:
    """What stands now."""
    return Stock.objects.filter(given.whose(), given.stages("spec__stage"))


def began(given: Given) -> QuerySet[Any, Any]:
    """Sound states that began: of every step, which the index of what stood begins with."""
    return _sound(given).filter(In(Lasting(), EVERY), given.within("since"))


def ended(given: Given) -> QuerySet[Any, Any]:
    """Sound states that ended."""
    return _sound(given).filter(given.within("until"))


BRIEF, LONG = 4, 6  # how many steps are brief, and how many are not the longest


def voided_briefly(given: Given) -> QuerySet[Any, Any]:
    """States that stood at the stretch's end as known then, of deals that turned out invalid later: of the first steps."""
    return _voided(given, EVERY[:BRIEF])


def voided_longer(given: Given) -> QuerySet[Any, Any]:
    """Such states of the steps after these."""
    return _voided(given, EVERY[BRIEF:LONG])


def voided_longest(given: Given) -> QuerySet[Any, Any]:
    """Such states of the last steps."""
    return _voided(given, EVERY[LONG:])


# They are read by how long they lasted: none began longer before the stretch's end than this.
VOIDED = (
    (voided_briefly, STEPS[BRIEF - 1]),
    (voided_longer, STEPS[LONG - 1]),
    (voided_longest, None),
)


def _voided(given: Given, steps: Sequence[int]) -> QuerySet[Any, Any]:
    span = given.span
    rows = State.objects.filter(given.whose(), given.stages(), In(Lasting(), steps), outcome__in=LIVE)
    if span.since is not None:
        rows = rows.filter(since__gte=span.since)
    return rows.filter(standing(span.until, span.known), void_at__gte=span.known)


# Everything from the rows themselves, by what deals are, who had them and when a unit counted.


def all_came(given: Given) -> QuerySet[Any, Any]:
    """Visits that came."""
    return Visit.objects.filter(
        entered(given.span), given.which, given.whose(at="entered_at"), given.stages()
    )


def all_went(given: Given) -> QuerySet[Any, Any]:
    """Visits that went."""
    left_to = given.whose(owner="left_owner", unit="left_unit", at="left_at")
    return Visit.objects.filter(left(given.span), given.which, left_to, given.stages())


def all_stood(given: Given) -> QuerySet[Any, Any]:
    """States that stood at the stretch's end; without one, now."""
    stood = standing(given.span.until, given.span.known)
    return State.objects.filter(stood, given.which, given.whose(), given.stages())


def _sound(given: Given) -> QuerySet[Any, Any]:
    return State.objects.filter(given.whose(), given.stages(), outcome__in=LIVE, void_at=None)


_GOING = (went, odd_went, all_went)
_COMING = Case(
    When(entered_by="forward", jumped__gt=0, then=Value("skip")),
    default=F("entered_by"),
    output_field=CharField(),
)
_NAMES = [name for name in _SAMPLES if name != "number"]


def _made(shape: tuple[Rows, str, frozenset[str]], *samples: Any) -> QuerySet[Any, Any]:
    make, by, names = shape
    number, *rest = samples
    rows = make(Given({name: value for name, value in zip(_NAMES, rest, strict=True) if name in names}))
    return _summed(rows, _way(make, rows), number, by)


def _way(make: Rows, rows: QuerySet[Any, Any]) -> int:
    return _STOCK if rows.model is not Visit else _OUT if make in _GOING else _IN


def _summed(rows: QuerySet[Any, Any], way: int, number: int, by: str) -> QuerySet[Any, Any]:
    split = SPLITS[by]
    if rows.model in (Tally, PartTally, Stock):
        key: Any = F("unit") if by == "unit" else Value(None, BigIntegerField())
        kind: Any = Value("", CharField()) if rows.model is Stock else F("kind")
        stage = F("spec__stage") if rows.model is Stock else F("stage")
        count: Any = Sum("count")
        amount: Any = Sum("amount")
    else:
        key = F(split[way]) if split else Value(None, BigIntegerField())
        kind = (_COMING, F("left_by"), Value("", CharField()))[way]
        stage = F("stage")
        count, amount = Count("*"), Sum(("amount", "left_amount", "base_amount")[way])
        if by == "product":
            rows = rows.filter(_first_line())
    named = rows.order_by().annotate(part=Value(number), split=key, at_stage=stage, name=kind)
    told: QuerySet[Any, Any] = named.values("part", "split", "at_stage", "name").annotate(
        n=count, total=amount
    )
    return told.values_list("part", "split", "at_stage", "name", "n", "total")


def _first_line() -> Q:
    """A deal counts once for each of its products, however many of its lines name it."""
    earlier = Line.objects.filter(
        deal=OuterRef("deal"), product=OuterRef("deal__lines__product"), pk__lt=OuterRef("deal__lines__pk")
    )
    return Q(deal__lines__isnull=False) & ~Q(Exists(earlier))


_PIECES = Shapes(_made, *_SAMPLES.values())
