"""What can be exported: for each kind its columns, its right, and its rows as one person may see them."""

from __future__ import annotations

from datetime import tzinfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loudou.catalog.models import Product
from loudou.customers.figures.phones import masked
from loudou.customers.lens import CustomerLens
from loudou.customers.models import Customer
from loudou.exchange.exporting.aim_sheets import AIM_SHEETS
from loudou.exchange.exporting.call_sheets import CALL_SHEETS
from loudou.exchange.exporting.cells import Cell, instant
from loudou.exchange.exporting.day_sheets import DAY_SHEETS
from loudou.exchange.exporting.deal_sheets import DEAL_SHEETS
from loudou.exchange.exporting.follow_sheets import FOLLOW_SHEETS
from loudou.exchange.exporting.form_sheets import FORM_SHEETS
from loudou.exchange.exporting.house_sheets import HOUSE_SHEETS
from loudou.exchange.exporting.past_sheets import PAST_SHEETS
from loudou.exchange.exporting.problem_sheets import PROBLEM_SHEETS
from loudou.exchange.exporting.review_sheets import REVIEW_SHEETS
from loudou.exchange.exporting.sheet import Filters, Rows, Sheet
from loudou.exchange.exporting.task_sheets import TASK_SHEETS
from loudou.exchange.exporting.visit_sheets import VISIT_SHEETS
from loudou.exchange.exporting.walk_sheets import WALK_SHEETS
from loudou.exchange.exporting.warning_sheets import WARNING_SHEETS
from loudou.fieldwork.lens.activities import ActivityLens
from loudou.fieldwork.models import Activity
from loudou.forecasts.models import Submission
from loudou.kernel.refusals import Refused
from loudou.people.access import may, require
from loudou.people.models import Rate, User
from loudou.people.queries import organisation


def sheet_of(kind: str, user: User | None) -> Sheet:
    """The kind with this name, if the person may export it."""
    sheet = SHEETS.get(kind)
    if sheet is None:
        names = ", ".join(SHEETS)
        raise Refused(
            _("There is no “{kind}” to export; there are {names}.").format(kind=kind, names=names),
            field="kind",
        )
    require(user, "exchange.export")
    require(user, sheet.right)
    return sheet


def check_filters(sheet: Sheet, user: User | None, filters: Filters) -> None:
    """Refuse filters that the kind does not understand: half understood, they would take out too much."""
    unknown = sorted(filters)
    if sheet.lens is not None:
        lens = sheet.lens.read(filters, user)
        unknown = sorted({*lens.problems, *(set(filters) - set(sheet.known()))})
    if unknown:
        raise Refused(_("“{name}” cannot be filtered by like this.").format(name=unknown[0]), field="filters")


def _products(user: User | None, filters: Filters) -> Rows:
    return Product.objects.visible_to(user).order_by("id")


def _product(product: Product, user: User | None, zone: tzinfo) -> tuple[Cell, ...]:
    return (
        product.code,
        product.name,
        product.family,
        product.list_price,
        product.currency,
        product.cost,
        product.tax_rate,
    )


def _customers(user: User | None, filters: Filters) -> Rows:
    chosen = CustomerLens.read(filters, user).customers.visible_to(user, "exchange.export")
    return chosen.select_related("owner").defer("search", "extra", "note").order_by("id")


def _customer(customer: Customer, user: User | None, zone: tzinfo) -> tuple[Cell, ...]:
    whole = not customer.phone or may(user, "customers.see_phone", customer)
    return (
        customer.code,
        customer.name,
        customer.industry,
        customer.size,
        customer.region,
        customer.owner.username if customer.owner else None,
        customer.source,
        customer.uscc,
        customer.phone if whole else masked(customer.phone),
        instant(customer.created_at, zone),
    )


def _activities(user: User | None, filters: Filters) -> Rows:
    """Those that stand: what was annulled does not come back by an import."""
    chosen = ActivityLens.read(filters, user).activities.filter(annulled_at=None)
    found = chosen.visible_to(user, "exchange.export").select_related("owner", "customer", "deal")
    return found.defer("customer__search", "customer__extra", "deal__search", "deal__extra").order_by("code")


def _activity(activity: Activity, user: User | None, zone: tzinfo) -> tuple[Cell, ...]:
    return (
        activity.code,
        activity.kind,
        instant(activity.at, zone),
        activity.owner.username,
        activity.customer.code if activity.customer else None,
        activity.deal.code if activity.deal else None,
        activity.contact,
        activity.result,
        activity.next_step,
        activity.next_on,
    )


def _rates(user: User | None, filters: Filters) -> Rows:
    return Rate.objects.order_by("currency", "kind", "valid_from")


def _rate(rate: Rate, user: User | None, zone: tzinfo) -> tuple[Cell, ...]:
    return rate.currency, rate.valid_from, rate.kind, rate.rate.normalize()


def _forecasts(user: User | None, filters: Filters) -> Rows:
    rows = Submission.objects.visible_to(user).select_related("user")
    return rows.order_by("first", "end", "user__username", "number")


def _forecast(row: Submission, user: User | None, zone: tzinfo) -> tuple[Cell, ...]:
    return (
        organisation().fiscal.name(row.period),
        row.user.username,
        row.submitted,
        row.adjustment,
        row.reason,
        instant(row.locked_at, zone),
        row.limit,
        instant(row.submitted_at, zone),
        "yes" if row.is_late else None,
        row.comment,
        instant(row.void_at, zone),
        row.void_reason,
        row.level,
    )


_ALL = (
    Sheet(
        "customers",
        gettext_lazy("Customers"),
        (
            "code",
            "name",
            "industry",
            "size",
            "region",
            "owner_username",
            "source",
            "uscc",
            "phone",
            "created_at",
        ),
        "customers.see",
        _customers,
        _customer,
        lens=CustomerLens,
        persons=True,
    ),
    *DEAL_SHEETS,
    Sheet(
        "activities",
        gettext_lazy("Activities"),
        (
            *("code", "kind", "at", "owner_username", "customer_code", "deal_code"),
            *("contact", "result", "next_step", "next_on"),
        ),
        "fieldwork.see",
        _activities,
        _activity,
        lens=ActivityLens,
        persons=True,
    ),
    Sheet(
        "products",
        gettext_lazy("Products"),
        ("code", "name", "family", "list_price", "currency", "cost", "tax_rate"),
        "catalog.see",
        _products,
        _product,
        masks={"cost": "catalog.see_cost"},
    ),
    *HOUSE_SHEETS,
    Sheet(
        "rates",
        gettext_lazy("Exchange rates"),
        ("currency", "valid_from", "kind", "rate"),
        "people.see",
        _rates,
        _rate,
    ),
    Sheet(
        "forecasts",
        gettext_lazy("Forecasts"),
        (
            *("period", "username", "submitted", "adjustment", "reason", "locked_at", "limit"),
            *("submitted_at", "late", "comment", "reopened_at", "reopened_because", "level"),
        ),
        "forecasts.see",
        _forecasts,
        _forecast,
    ),
)
SHEETS = {
    sheet.kind: sheet
    for sheet in (
        *_ALL,
        *AIM_SHEETS,
        *FOLLOW_SHEETS,
        *TASK_SHEETS,
        *CALL_SHEETS,
        *VISIT_SHEETS,
        *DAY_SHEETS,
        *FORM_SHEETS,
        *PROBLEM_SHEETS,
        *REVIEW_SHEETS,
        *WALK_SHEETS,
        *WARNING_SHEETS,
        *PAST_SHEETS,
    )
}
