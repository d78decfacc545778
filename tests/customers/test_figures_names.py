"""Names as duplicates are compared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loudou.customers.figures.names import core_of, likeness

_NAMES = st.text(
    st.sampled_from("宁波市甬江机电设备（）()集团有限公司股份责任分公司省深圳華為技術 .,&-ABCcoltdinc3三")
    | st.characters(),
    max_size=30,
)


@pytest.mark.parametrize(
    ("name", "core"),
    [
        ("宁波市甬江机电（集团）有限公司", "宁波甬江机电"),
        ("宁波甬江机电股份有限公司", "宁波甬江机电"),
        ("華為技術有限公司", "华为技术"),
        ("甬江机电有限公司上海分公司", "甬江机电有限公司上海分公司"),
        ("ACME Tools Co., Ltd.", "acmetools"),
        ("Müller GmbH & Co. KG", "müller"),
        ("Philips N.V.", "philips"),
        ("A.B.C. Inc", "abc"),
        ("３Ｍ中国有限公司", "3m中国"),
        ("有限公司", "有限公司"),
        ("GmbH", "gmbh"),
        ("", ""),
        ("()", "()"),
    ],
)
def test_the_core_is_what_makes_a_name_its_own(name: str, core: str) -> None:
    assert core_of(name) == core


@given(_NAMES)
def test_a_core_has_itself_as_core_and_is_never_lost(name: str) -> None:
    core = core_of(name)
    assert core_of(core) == core
    assert bool(core) == bool(name.strip())


@given(_NAMES, _NAMES)
def test_likeness_is_mutual_and_whole_only_for_equals(one: str, other: str) -> None:
    share = likeness(one, other)
    assert 0 <= share <= 1
    assert share == likeness(other, one)
    assert (share == 1) == (one == other)


def test_likeness_counts_letters_to_change() -> None:
    assert likeness("甬江机电", "甬江机械") == 0.75
    assert likeness("", "甬江") == 0
