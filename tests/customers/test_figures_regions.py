"""Regions by their names."""

from __future__ import annotations

import pytest

from loudou.customers.figures.regions import PROVINCES, regions_of, suggestions


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("浙江 宁波", ("浙江 宁波", "浙江", "宁波")),
        ("浙江省宁波市鄞州区", ("浙江省宁波市鄞州区", "浙江", "宁波")),
        ("宁波", ("宁波", "浙江")),
        ("浙江", ("浙江",)),
        ("廣東省深圳市", ("廣東省深圳市", "广东", "深圳")),
        ("北京市朝阳区", ("北京市朝阳区", "北京")),
        ("吉林", ("吉林",)),
        ("华东", ("华东",)),
        ("United States", ("United States",)),
        ("", ()),
    ],
)
def test_a_city_is_found_under_its_province(written: str, found: tuple[str, ...]) -> None:
    assert regions_of(written) == found


def test_every_province_and_city_is_offered() -> None:
    offered = suggestions()
    assert len(PROVINCES) == 34
    assert "广东" in offered
    assert "广东 深圳" in offered
    assert len(offered) == len(set(offered))
