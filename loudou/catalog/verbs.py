"""Everything that can be done to products."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from loudou.catalog import events
from loudou.catalog.models import Product
from loudou.journal.numbers import next_codes
from loudou.journal.record import changes, lock, record, record_each, verb
from loudou.kernel import clock
from loudou.kernel.money import LARGEST
from loudou.kernel.refusals import Refused
from loudou.people.access import require
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.ui.search import vector
from loudou.ui.spelling import sort_key
from loudou.ui.texts import line

Outcome = Product | Refused


@verb
def add_product(*, name: str, by: User | None, **details: Any) -> Product:
    """Add a product: code (made when empty), family, measure, list_price, currency, cost, tax_rate, extra.

    Prices are without VAT; a cost is set only by who may see costs.
    """
    require(by, "catalog.manage")
    product = _made({"name": name, **details}, by)
    product.code = product.code or _next_code()
    _make_findable(product)
    try:
        with transaction.atomic():
            product.save(force_insert=True)
    except IntegrityError:
        raise _code_taken(product.code) from None
    record(events.ADDED, product, by=by, code=product.code, list_price=product.list_price)
    return product


@verb
def add_products(
    rows: Sequence[Mapping[str, Any]], *, by: User | None, dry_run: bool = False
) -> list[Outcome]:
    """Add many products; each row has the keyword arguments of `add_product`. Good rows are written, bad ones refused.

    Returns an outcome a row, in order: the product, or why not. With `dry_run` nothing is written.
    """
    require(by, "catalog.manage")
    wanted = {str(row.get("code") or "").strip() for row in rows}
    codes = set(Product.objects.filter(code__in=wanted).values_list("code", flat=True))
    outcomes: list[Outcome] = []
    for row in rows:
        try:
            product = _made({"name": "", **row}, by)
            if product.code and product.code in codes:
                raise _code_taken(product.code)
            if not dry_run:
                product.code = product.code or _next_code(besides=wanted)
            codes.add(product.code)
            _make_findable(product)
            outcomes.append(product)
        except Refused as refusal:
            outcomes.append(refusal)
    made = [outcome for outcome in outcomes if isinstance(outcome, Product)]
    if not dry_run:
        try:
            with transaction.atomic():
                Product.objects.bulk_create(made, batch_size=1000)
        except IntegrityError:
            raise Refused(_("Somebody has just added one of these products; try again.")) from None
        for product in made:
            record(events.ADDED, product, by=by, code=product.code, list_price=product.list_price)
    return outcomes


@verb
def withdraw_products(keys: Sequence[int], *, by: User | None) -> None:
    """Take products back that an import brought by mistake; one that a deal has by now keeps all of them."""
    require(by, "catalog.manage")
    rows = list(Product.objects.filter(pk__in=keys))
    record_each(events.WITHDRAWN, ((row, {"code": row.code}) for row in rows), by=by)
    Product.objects.filter(pk__in=[row.pk for row in rows]).delete()


@verb
def edit_product(product: Product, *, by: User | None, version: int | None = None, **values: Any) -> Product:
    """Change what a product says. Lines of deals keep the price they were written with."""
    require(by, "catalog.manage")
    if "cost" in values:
        require(by, "catalog.see_cost")
    fresh = lock(product, version=version, sent=values)
    clean = _cleaned(values)
    if "code" in clean and not clean["code"]:
        del clean["code"]
    changed = changes(fresh, clean)
    if not changed:
        return fresh
    for name in changed:
        setattr(fresh, name, clean[name])
    _make_findable(fresh)
    fresh.version += 1
    try:
        with transaction.atomic():
            fresh.save()
    except IntegrityError:
        raise _code_taken(fresh.code) from None
    record(events.EDITED, fresh, by=by, changes=changed)
    return fresh


@verb
def retire_product(product: Product, *, by: User | None, version: int | None = None) -> Product:
    """Take a product off sale: deals that have it keep it, new ones cannot choose it."""
    require(by, "catalog.manage")
    fresh = lock(product, version=version)
    if fresh.retired_at is None:
        fresh.retired_at = clock.now()
        fresh.version += 1
        fresh.save(update_fields=["retired_at", "version"])
        record(events.RETIRED, fresh, by=by)
    return fresh


@verb
def restore_product(product: Product, *, by: User | None, version: int | None = None) -> Product:
    """Put a product on sale again."""
    require(by, "catalog.manage")
    fresh = lock(product, version=version)
    if fresh.retired_at is not None:
        fresh.retired_at = None
        fresh.version += 1
        fresh.save(update_fields=["retired_at", "version"])
        record(events.RESTORED, fresh, by=by)
    return fresh


def _made(values: dict[str, Any], by: User | None) -> Product:
    if values.get("cost") is not None:
        require(by, "catalog.see_cost")
    clean = _cleaned(values)
    clean.setdefault("currency", organisation().base_currency)
    return Product(**clean)


def _make_findable(product: Product) -> None:
    product.name_key = sort_key(product.name)
    product.search = vector([product.name, product.code, product.family])


def _next_code(besides: Collection[str] = ()) -> str:
    """The next product number, `CP-0417`."""
    return next_codes(Product, "catalog_product_number", "CP-", 1, besides, width=4)[0]


def _code_taken(code: str) -> Refused:
    return Refused(_("A product with the code “{code}” exists.").format(code=code), field="code")


def _cleaned(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they are kept; refuses the first that cannot be."""
    clean = {}
    for field, value in values.items():
        if field not in _FIELDS:
            raise Refused(_("“{field}” cannot be changed this way.").format(field=field), field=field)
        clean[field] = _FIELDS[field](value, field)
    return clean


def _line(longest: int) -> Callable[[Any, str], str]:
    return partial(line, longest=longest)


def _name(value: Any, field: str) -> str:
    text = _line(200)(value, field)
    if not text:
        raise Refused(_("A name is needed."), field=field)
    return text


def _price(value: Any, field: str) -> Decimal | None:
    if value is None or value == "":
        return None
    if not isinstance(value, Decimal) or not value.is_finite() or value < 0:
        raise Refused(_("The amount must not be negative."), field=field)
    if value > LARGEST:
        raise Refused(_("The amount is too large."), field=field)
    if value != value.quantize(Decimal("0.01")):
        raise Refused(_("At most two decimal places."), field=field)
    return value


def _currency(value: Any, field: str) -> str:
    text = str(value or "") or organisation().base_currency
    if len(text) != 3 or not text.isascii() or not text.isalpha() or not text.isupper():
        raise Refused(_("A currency has a code of three capitals, such as USD."), field=field)
    return text


def _rate(value: Any, field: str) -> Decimal | None:
    if value is None or value == "":
        return None
    if not isinstance(value, Decimal) or not value.is_finite() or not 0 <= value < 1:
        raise Refused(_("A VAT rate lies between 0 and 100 %."), field=field)
    if value != value.quantize(Decimal("0.0001")):
        raise Refused(_("At most two decimal places."), field=field)
    return value


def _extra(value: Any, field: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Refused(_("Fields of your own are a list of names and values."), field=field)
    return value


_FIELDS: dict[str, Callable[[Any, str], Any]] = {
    "code": _line(60),
    "name": _name,
    "family": _line(80),
    "measure": _line(20),
    "list_price": _price,
    "currency": _currency,
    "cost": _price,
    "tax_rate": _rate,
    "extra": _extra,
}
