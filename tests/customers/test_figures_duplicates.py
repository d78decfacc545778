"""Whether two customers are one, and why."""

from __future__ import annotations

import pytest

from loudou.customers.figures.duplicates import Identity, compare

USCC = "91110000600037341L"


@pytest.mark.parametrize(
    ("asked", "known", "reason", "certain"),
    [
        (Identity(uscc=USCC), Identity(uscc=USCC), "uscc", True),
        (Identity(phone="+861"), Identity(phone="+861", verified=True), "verified_phone", True),
        (Identity(phone="+861"), Identity(phone="+861"), "phone", False),
        (Identity(core="甬江机电"), Identity(core="甬江机电"), "core", False),
        (
            Identity(core="宁波甬江机电自动化设备科技"),
            Identity(core="宁波甬江机电自动化设备科枝"),
            "very_alike",
            False,
        ),
        (Identity(core="甬江机电"), Identity(core="宁波甬江机电"), "part", False),
        (Identity(core="甬江机"), Identity(core="宁波甬江机电"), "part", False),
        (Identity(core="甬江机电"), Identity(core="甬江机械"), "alike", False),
    ],
)
def test_the_strongest_reason_counts(asked: Identity, known: Identity, reason: str, certain: bool) -> None:
    match = compare(asked, known)
    assert match is not None
    assert (match.reason, match.certain) == (reason, certain)
    assert match.strong == (reason not in ("part", "alike"))


@pytest.mark.parametrize(
    ("asked", "known"),
    [
        (Identity(), Identity()),
        (Identity(core="甬江"), Identity()),
        (Identity(core="甬江机电"), Identity(core="恒力自动化")),
        (Identity(core="华"), Identity(core="华为")),
    ],
)
def test_without_a_reason_there_is_none(asked: Identity, known: Identity) -> None:
    match = compare(asked, known)
    assert match is None or match.reason == "alike"
