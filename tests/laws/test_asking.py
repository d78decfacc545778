"""What people are asked to sign has a name: no code of ours stands in a sentence or an inbox."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from loudou.journal.vocabulary import names_of_values
from loudou.people.grants import GRANTS

PACKAGE = Path(__file__).resolve().parents[2] / "loudou"
_ACT = re.compile(r"[a-z]+\.[a-z_]+")


def _acts() -> Iterator[str]:
    """The constants of modules that ask for signatures, as far as they are no rights."""
    for file in PACKAGE.glob("*/verbs/**/*.py"):
        text = file.read_text("utf-8")
        if "signoff.verbs import" not in text or " ask" not in text:
            continue
        for node in ast.parse(text).body:
            constant = isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            value = node.value.value if constant else None  # type: ignore[attr-defined]
            if isinstance(value, str) and _ACT.fullmatch(value) and value not in GRANTS:
                yield value


def test_every_act_that_is_asked_for_has_a_name() -> None:
    acts = set(_acts())
    assert {"daylog.sign", "pipeline.win", "targets.approval"} <= acts
    assert acts - set(names_of_values("signoff.request", "act")) == set()
