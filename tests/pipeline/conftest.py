"""What the pipeline's tests share."""

from __future__ import annotations

from decimal import Decimal

import pytest

from loudou.catalog.models import Product
from loudou.customers.models import Customer
from loudou.kernel import clock
from tests.cast import Cast


@pytest.fixture
def customer(cast: Cast) -> Customer:
    """A customer of chenan's."""
    return Customer.objects.create(
        code="K-1",
        name="宁波甬江机电",
        name_key="",
        owner=cast.chenan,
        unit=cast.chenan.unit,
        recorded_at=clock.now(),
        touched_at=clock.now(),
    )


@pytest.fixture
def product(db: None) -> Product:
    """Something to put on a line."""
    return Product.objects.create(code="P-1", name="机械臂", name_key="", list_price=Decimal(50_000))
