"""When a gate is open, and what a change asks for."""

from __future__ import annotations

from decimal import Decimal

import pytest

from loudou.pipeline.figures.gates import Gate, deviates, gate, jumps


def asked(*given: str, filled: tuple[str, ...] = (), done: tuple[str, ...] = ()) -> Gate:
    """A gate that asks for two marks (one of them not), a field, and two tasks (one of them not)."""
    return gate(
        evidence=[("need", True), ("nice", False)],
        given=given,
        fields=["amount"],
        filled=filled,
        tasks=[("visit", True), ("call", False)],
        done=done,
    )


def test_it_opens_when_everything_required_is_there() -> None:
    judged = asked("need", filled=("amount",), done=("visit",))
    assert judged.is_open
    assert (judged.done, judged.total) == (3, 3)


def test_it_names_what_is_missing_and_leaves_out_what_is_not_required() -> None:
    judged = asked("nice", done=("call",))
    assert not judged.is_open
    assert [(item.kind, item.code) for item in judged.missing] == [
        ("evidence", "need"),
        ("field", "amount"),
        ("task", "visit"),
    ]
    assert (judged.done, judged.total) == (0, 3)


def test_a_gate_that_asks_for_nothing_is_open() -> None:
    assert gate(evidence=[], given=[], fields=[], filled=[], tasks=[], done=[]).is_open


@pytest.mark.parametrize(
    ("before", "after", "jumped"),
    [
        (100, 150, False),
        (100, "150.01", True),
        (100, 50, False),
        (100, "49.99", True),
        (0, 1000, False),
        (100, 0, True),
    ],
)
def test_more_than_half_is_a_jump(before: int, after: object, jumped: bool) -> None:
    assert jumps(Decimal(before), Decimal(str(after))) is jumped


@pytest.mark.parametrize(("own", "far"), [("0.30", False), ("0.70", False), ("0.29", True), ("0.71", True)])
def test_more_than_twenty_points_off_the_stage_is_far(own: str, far: bool) -> None:
    assert deviates(Decimal(own), Decimal("0.50")) is far
