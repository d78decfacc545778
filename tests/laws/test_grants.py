"""The grants table and the code agree, and its two faces say the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loudou.people.access import may
from loudou.people.grants import GRANTS
from loudou.people.roles import ROLES
from loudou.pipeline.models import Deal
from tests import make
from tests.cast import Cast

PACKAGE = Path(__file__).resolve().parents[2] / "loudou"


def test_every_verb_the_code_asks_for_is_granted_somewhere() -> None:
    asked = set()
    for file in [*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.html")]:
        if file.name == "grants.py" or "migrations" in file.parts:
            continue
        for match in re.finditer(
            r"""(?:may|require|fetch|reach|visible_to|signed_in)\([^)]*?["']([a-z]+\.[a-z_]+)["']""",
            file.read_text("utf-8"),
        ):
            asked.add(match.group(1))
    assert asked - set(GRANTS) == set()


def test_every_right_that_is_granted_is_asked_for_somewhere() -> None:
    """An auditor reads the table as what people may do."""
    tables = ("grants.py", "policy.py")
    files = [*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.html")]
    told = [file.read_text("utf-8") for file in files if file.name not in tables]
    named = {name for text in told for name in re.findall(r"\b[a-z]+\.[a-z_]+\b", text)}
    assert set(GRANTS) - named == set()


def test_roles_in_the_table_exist() -> None:
    for verb, reaches in GRANTS.items():
        assert set(reaches) <= set(ROLES), verb


@pytest.mark.parametrize("verb", ["pipeline.see", "pipeline.edit", "pipeline.confirm", "pipeline.hand_over"])
def test_both_faces_agree(cast: Cast, verb: str) -> None:
    owners = [cast.chenan, cast.lina, cast.sunqiang, cast.maxiao, cast.wumin]
    deals = [make.deal(owner) for owner in owners]
    for user in cast.everybody.values():
        visible = set(Deal.objects.visible_to(user, verb).values_list("pk", flat=True))
        for deal in deals:
            allowed = may(user, verb, deal) and may(user, "pipeline.see", deal)
            assert (deal.pk in visible) == allowed, (user.username, verb, deal.owner.username)


@given(st.sets(st.sampled_from(sorted(ROLES)), max_size=3))
def test_more_roles_never_reach_less(roles: set[str]) -> None:
    for reaches in GRANTS.values():
        widest = max((reaches.get(role, 0) for role in roles), default=0)  # type: ignore[call-overload]
        for role in roles:
            assert reaches.get(role, 0) <= widest  # type: ignore[call-overload]
