"""What values look like on the wire, and the bases of everything that comes in and goes out."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Generic, TypeVar, overload

from django.utils.translation import gettext as _
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)

from loudou.customers.models import Customer
from loudou.kernel.money import LARGEST
from loudou.kernel.numbers import CENT, MILLIONTH, rounded
from loudou.people.models import Unit, User
from loudou.pipeline.models import Deal
from loudou.ui.fields import EARLIEST_YEAR, LATEST_YEAR

T = TypeVar("T")
BIGGEST_KEY = 2**63 - 1

# What `document.py` reads off an operation: whether its change needs the version seen, or may take one.
GUARDED = {"x-versioned": True, "x-guarded": True}
VERSIONED = {"x-versioned": True}

# The default of a field that may be left out but not be null: what was not sent is not in `sent(body)`.
absent: Any = None


class In(BaseModel):
    """A body: nothing unknown, nothing converted."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Asked(BaseModel):
    """The query string of a list: where to go on, and how many at once."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(50, ge=1, le=200, description="How many at most.")
    cursor: str = Field("", max_length=2000, description="`next` of the page before.")


class Out(BaseModel):
    """An answer: exactly these fields."""

    model_config = ConfigDict(extra="forbid", json_schema_serialization_defaults_required=True)


class Page(Out, Generic[T]):
    """A stretch of a list; `next` is the cursor of the following one, null at the end."""

    items: list[T]
    next: str | None


class Error(Out):
    """Why a request was not carried out."""

    code: str = Field(description="One word for programs.")
    message: str = Field(description="One sentence for people, in the caller's language.")
    request_id: str = Field(description="The number to quote; the journal and the log have it too.")
    fields: dict[str, Any] = Field(
        description="What is wrong with which field; for 409 the stored value beside the one sent."
    )


def sent(body: BaseModel, *but: str) -> dict[str, Any]:
    """The fields the caller sent, as they were understood, less those named."""
    return {name: getattr(body, name) for name in body.model_fields_set if name not in but}


def _text_only(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError(_("This must be text."))
    return value


def _instant(value: Any) -> datetime:
    try:
        read = datetime.fromisoformat(_text_only(value))
    except ValueError:
        raise ValueError(_("Write an instant such as 2026-04-17T09:30:00+08:00.")) from None
    if read.tzinfo is None:
        raise ValueError(_("An instant needs its time zone, such as +08:00."))
    return read


def _day(value: Any) -> date:
    try:
        return date.fromisoformat(_text_only(value))
    except ValueError:
        raise ValueError(_("Write a day such as 2026-04-17.")) from None


def _year(value: date) -> date:
    if not EARLIEST_YEAR <= value.year <= LATEST_YEAR:
        raise ValueError(_("The year must lie between 1990 and 2100."))
    return value


def _decimal(value: Any) -> Decimal:
    """A number, or a text that is one: both are exact."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise ValueError(_("This must be a number."))
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise ValueError(_("This must be a number.")) from None
    if not number.is_finite() or abs(number.adjusted()) > 40:
        raise ValueError(_("This must be a number."))
    return number


def _money(value: Decimal) -> Decimal:
    if value < 0:
        raise ValueError(_("The amount must not be negative."))
    if value > LARGEST:
        raise ValueError(_("The amount is too large."))
    if value != rounded(value, CENT):
        raise ValueError(_("At most two decimal places."))
    return value


def _signed(value: Decimal) -> Decimal:
    _money(abs(value))
    return value


def _share(value: Decimal) -> Decimal:
    if not 0 <= value <= 1 or value != rounded(value, Decimal("0.0001")):
        raise ValueError(_("This must lie between 0 and 1, with at most four decimal places."))
    return value


def _growth(value: Decimal) -> Decimal:
    if not -1 <= value <= 1000 or value != rounded(value, Decimal("0.000001")):
        raise ValueError(
            _("A growth lies above −100 %, a share between 0 and 100 %, with at most four decimals.")
        )
    return value


def _quantity(value: Decimal) -> Decimal:
    if not 0 < value < 10**11 or value != rounded(value, Decimal("0.001")):
        raise ValueError(_("A quantity is a number above zero, with at most three decimal places."))
    return value


def _rate(value: Decimal) -> Decimal:
    if not 0 < value < 10**9 or value != rounded(value, Decimal("0.00000001")):
        raise ValueError(_("A rate is a number above zero, with at most eight decimal places."))
    return value


def _number_schema(pattern: str, example: str) -> WithJsonSchema:
    schema = {"type": "string", "pattern": pattern, "examples": [example]}
    return WithJsonSchema({"anyOf": [schema, {"type": "number", "minimum": 0}]}, mode="validation")


_AMOUNT = r"^\d{1,13}(\.\d{1,2})?$"
_OUT = r"^-?\d+(\.\d+)?$"

Key = Annotated[int, Field(ge=1, le=BIGGEST_KEY)]
Version = Annotated[int, Field(ge=1, le=2**31 - 1, description="The version you saw (or send If-Match).")]
Short = Annotated[str, Field(max_length=200)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Code = Annotated[str, Field(min_length=1, max_length=60)]
Email = Annotated[str, Field(max_length=254, pattern=r"^([^@\s]{1,64}@[^@\s]{1,180}\.[^@\s.]{2,})?$")]
Phone = Annotated[str, Field(max_length=20)]
Reason = Annotated[str, Field(max_length=500)]
Long = Annotated[str, Field(max_length=10_000)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Instant = Annotated[
    datetime,
    AfterValidator(_year),
    BeforeValidator(_instant),
    WithJsonSchema({"type": "string", "format": "date-time"}, mode="validation"),
]
Day = Annotated[
    date,
    AfterValidator(_year),
    BeforeValidator(_day),
    WithJsonSchema({"type": "string", "format": "date"}, mode="validation"),
]
Amount = Annotated[
    Decimal, AfterValidator(_money), BeforeValidator(_decimal), _number_schema(_AMOUNT, "168000.00")
]
Signed = Annotated[
    Decimal,
    AfterValidator(_signed),
    BeforeValidator(_decimal),
    WithJsonSchema({"type": "string", "pattern": r"^-?\d{1,13}(\.\d{1,2})?$"}, mode="validation"),
]
Share = Annotated[
    Decimal, AfterValidator(_share), BeforeValidator(_decimal), _number_schema(r"^[01](\.\d{1,4})?$", "0.3")
]
Growth = Annotated[
    Decimal,
    AfterValidator(_growth),
    BeforeValidator(_decimal),
    WithJsonSchema({"type": "string", "pattern": r"^-?\d{1,4}(\.\d{1,6})?$"}, mode="validation"),
]
Quantity = Annotated[
    Decimal,
    AfterValidator(_quantity),
    BeforeValidator(_decimal),
    _number_schema(r"^\d{1,11}(\.\d{1,3})?$", "2"),
]
RateValue = Annotated[
    Decimal,
    AfterValidator(_rate),
    BeforeValidator(_decimal),
    _number_schema(r"^\d{1,9}(\.\d{1,8})?$", "7.12"),
]

# What goes out: money with two decimals, ratios with six, always as text.
Money = Annotated[
    Decimal,
    PlainSerializer(lambda value: str(rounded(value, CENT)), return_type=str),
    WithJsonSchema({"type": "string", "pattern": _OUT}, mode="serialization"),
]
Ratio = Annotated[
    Decimal,
    PlainSerializer(lambda value: str(rounded(value, MILLIONTH)), return_type=str),
    WithJsonSchema({"type": "string", "pattern": _OUT}, mode="serialization"),
]
Number = Annotated[
    Decimal,
    PlainSerializer(lambda value: f"{value.normalize():f}", return_type=str),
    WithJsonSchema({"type": "string", "pattern": _OUT}, mode="serialization"),
]
When = AwareDatetime


class OfPeriod(Asked):
    """A list of what people did: a unit's, a person's, a period's."""

    unit: Short = ""
    owner: Short = ""
    period: Short = ""


class PersonRef(Out):
    """A person, named."""

    id: int
    username: str
    name: str


class UnitRef(Out):
    """A unit, named."""

    id: int
    code: str
    name: str


@overload
def person_ref(user: User) -> PersonRef: ...
@overload
def person_ref(user: User | None) -> PersonRef | None: ...
def person_ref(user: User | None) -> PersonRef | None:
    """A person as others show them."""
    return None if user is None else PersonRef(id=user.pk, username=user.username, name=user.name)


def unit_ref(unit: Unit | None) -> UnitRef | None:
    """A unit as others show it."""
    return None if unit is None else UnitRef(id=unit.pk, code=unit.code, name=unit.name)


class CustomerRef(Out):
    """A customer, named."""

    id: int
    code: str
    name: str


class DealRef(Out):
    """A deal, named."""

    id: int
    code: str
    title: str


@overload
def customer_ref(customer: Customer) -> CustomerRef: ...
@overload
def customer_ref(customer: Customer | None) -> CustomerRef | None: ...
def customer_ref(customer: Customer | None) -> CustomerRef | None:
    """A customer as others show it."""
    return None if customer is None else CustomerRef(id=customer.pk, code=customer.code, name=customer.name)


@overload
def deal_ref(deal: Deal) -> DealRef: ...
@overload
def deal_ref(deal: Deal | None) -> DealRef | None: ...
def deal_ref(deal: Deal | None) -> DealRef | None:
    """A deal as others show it."""
    return None if deal is None else DealRef(id=deal.pk, code=deal.code, title=deal.title)
