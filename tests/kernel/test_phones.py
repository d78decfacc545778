"""Mobile numbers of the mainland in their groups."""

from __future__ import annotations

import pytest

from loudou.kernel.phones import mobile_groups


@pytest.mark.parametrize("phone", ["13812345678", "+8613812345678"])
def test_a_mobile_is_read_in_three_groups(phone: str) -> None:
    assert mobile_groups(phone) == ("138", "1234", "5678")


@pytest.mark.parametrize(
    "phone", ["", "0574-87654321", "12812345678", "138 1234 5678", "+85291234567", "１３８12345678"]
)
def test_anything_else_has_none(phone: str) -> None:
    assert mobile_groups(phone) == ()
