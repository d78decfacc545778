"""Products. Their cost is there for who may see costs, and null for everybody else."""

from __future__ import annotations

from typing import Annotated, Any

from django.utils.translation import gettext_noop as _
from ninja import Query, Router, Status
from pydantic import Field

from loudou.catalog import verbs
from loudou.catalog.models import Product
from loudou.exchange.api.gate import Call, known_version, sent_version
from loudou.exchange.api.listing import narrowed, page
from loudou.exchange.api.rows import tagged
from loudou.exchange.api.shapes import (
    GUARDED,
    VERSIONED,
    Amount,
    Asked,
    Currency,
    In,
    Key,
    Money,
    Name,
    Out,
    Page,
    Ratio,
    Share,
    Short,
    Version,
    When,
    absent,
    sent,
)
from loudou.people.access import fetch, may, require

router = Router(tags=["products"])


class ProductRow(Out):
    id: int
    version: int
    code: str
    name: str
    family: str
    measure: str
    list_price: Money | None
    currency: str
    cost: Money | None
    tax_rate: Ratio | None
    retired_at: When | None


class ProductPage(Page[ProductRow]):
    pass


class ProductFilter(Asked):
    q: Annotated[str, Field(max_length=100)] = ""
    code: Short = ""
    family: Annotated[str, Field(max_length=80)] = ""
    on_sale: bool | None = None


class NewProduct(In):
    code: Annotated[str, Field(max_length=60)] = ""
    name: Name
    family: Annotated[str, Field(max_length=80)] = ""
    measure: Annotated[str, Field(max_length=20)] = ""
    list_price: Amount | None = None
    currency: Currency | None = None
    cost: Amount | None = None
    tax_rate: Share | None = None


class ProductChange(In):
    version: Version | None = None
    code: Annotated[str, Field(min_length=1, max_length=60)] = absent
    name: Name = absent
    family: Annotated[str, Field(max_length=80)] = absent
    measure: Annotated[str, Field(max_length=20)] = absent
    list_price: Amount | None = None
    currency: Currency = absent
    cost: Amount | None = None
    tax_rate: Share | None = None


class Versioned(In):
    version: Version | None = None


@router.get("/products", response=ProductPage, summary=_("Products"))
def list_products(request: Call, asked: Query[ProductFilter]) -> Page[ProductRow]:
    """By name."""
    require(request.user, "catalog.see")
    products: Any = Product.objects.visible_to(request.user)
    if asked.q:
        products = products.found(asked.q)
    return page(
        request,
        narrowed(products, code=asked.code, family=asked.family, retired_at__isnull=asked.on_sale),
        asked,
        ProductPage,
        order=("name_key", "id"),
        shape=lambda product: product_row(request, product),
    )


@router.get("/products/{int:id}", response=ProductRow, summary=_("A product"))
def get_product(request: Call, id: Key) -> ProductRow:
    return _told(request, fetch(request.user, Product, id))


@router.post("/products", response={201: ProductRow}, summary=_("Add a product"))
def add_product(request: Call, body: NewProduct) -> Status[ProductRow]:
    """Without a code one is made."""
    product = verbs.add_product(by=request.user, **sent(body))
    request.place = f"/api/v1/products/{product.pk}"
    return Status(201, _told(request, product))


@router.patch("/products/{int:id}", response=ProductRow, summary=_("Change a product"), openapi_extra=GUARDED)
def edit_product(request: Call, id: Key, body: ProductChange) -> ProductRow:
    """Lines of deals keep the price they were written with."""
    product = fetch(request.user, Product, id)
    version = known_version(request, body.version, "catalog.manage")
    changed = verbs.edit_product(product, by=request.user, version=version, **sent(body, "version"))
    return _told(request, changed)


@router.post(
    "/products/{int:id}/retire", response=ProductRow, summary=_("Take off sale"), openapi_extra=VERSIONED
)
def retire_product(request: Call, id: Key, body: Versioned) -> ProductRow:
    product = fetch(request.user, Product, id)
    version = sent_version(request, body.version)
    return _told(request, verbs.retire_product(product, by=request.user, version=version))


@router.post(
    "/products/{int:id}/restore", response=ProductRow, summary=_("Put on sale again"), openapi_extra=VERSIONED
)
def restore_product(request: Call, id: Key, body: Versioned) -> ProductRow:
    product = fetch(request.user, Product, id)
    version = sent_version(request, body.version)
    return _told(request, verbs.restore_product(product, by=request.user, version=version))


def product_row(request: Call, product: Product) -> ProductRow:
    return ProductRow(
        id=product.pk,
        version=product.version,
        code=product.code,
        name=product.name,
        family=product.family,
        measure=product.measure,
        list_price=product.list_price,
        currency=product.currency,
        cost=product.cost if may(request.user, "catalog.see_cost") else None,
        tax_rate=product.tax_rate,
        retired_at=product.retired_at,
    )


def _told(request: Call, product: Product) -> ProductRow:
    return product_row(request, tagged(request, product))
