"""Every write is a verb: atomic, by somebody, written down; nothing else writes."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "loudou"
WRITES = {
    "save",
    "create",
    "update",
    "delete",
    "bulk_create",
    "bulk_update",
    "get_or_create",
    "update_or_create",
}
READERS = ("views", "forms", "queries", "figures", "lens", "access", "commands", "api")


def _modules(room_part: str) -> list[Path]:
    files = list(PACKAGE.glob(f"*/{room_part}.py")) + list(PACKAGE.glob(f"*/{room_part}/**/*.py"))
    return sorted(files)


def _verbs(file: Path) -> list[ast.FunctionDef]:
    tree = ast.parse(file.read_text("utf-8"))
    return [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        and any(isinstance(mark, ast.Name) and mark.id == "verb" for mark in node.decorator_list)
    ]


def _calls(node: ast.AST) -> set[str]:
    names = set()
    for child in ast.walk(node):
        if isinstance(child, ast.Call):
            target = child.func
            names.add(target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", ""))
    return names


ALL_VERBS = [(file, node) for file in _modules("verbs") for node in _verbs(file)]


@pytest.mark.parametrize(("file", "node"), ALL_VERBS, ids=lambda value: getattr(value, "name", None))
def test_a_verb_says_by_whom_and_what_it_is(file: Path, node: ast.FunctionDef) -> None:
    names = {argument.arg for argument in node.args.kwonlyargs}
    free = {"sign_in", "check_code"}  # nobody is anybody yet
    assert "by" in names or node.name in free
    assert ast.get_docstring(node) or node.name.startswith("_")


@pytest.mark.parametrize(("file", "node"), ALL_VERBS, ids=lambda value: getattr(value, "name", None))
def test_a_verb_ends_up_in_history(file: Path, node: ast.FunctionDef) -> None:
    """Directly, or by the verbs and private helpers of its own module it calls."""
    tree = ast.parse(file.read_text("utf-8"))
    functions = {child.name: child for child in tree.body if isinstance(child, ast.FunctionDef)}
    known = {name for _file, other in ALL_VERBS for name in [other.name]}
    seen, todo = set(), [node.name]
    while todo:
        name = todo.pop()
        if name in seen or name not in functions:
            continue
        seen.add(name)
        called = _calls(functions[name])
        if {"record", "record_each"} & called or called & (known - {node.name}):
            return
        todo += called
    quiet = {
        "open_request",
        "check_code",
        "mark_read",
        "mail_notices",
        "note_heard",
        "note_watch",
        "note_progress",
        "note_seen",
        "foretell",
        "stop_foretelling",
    }  # a first look is part of the signature's record, a code of the sign-in; reading notices, when customers were last in contact (the contacts are history), how far a watch looked and when a screen was looked at is no history; chances are rows that stay, told every night of a choice that is
    assert node.name in quiet, f"{file.name}:{node.name} writes no history"


def test_public_functions_of_verbs_are_verbs() -> None:
    """Or stand before the verb of their own name, and note what its refusal must not undo (`win` before `_win`)."""
    helpers = {
        "content_hash",
        "check_opinion",
        "counted",
        "next_codes",
        "digest",
        "needs_confirmation",
        "last_spec",
        "transfer_of",
    }
    for file in _modules("verbs"):
        if file.name.startswith("_"):
            continue
        tree = ast.parse(file.read_text("utf-8"))
        verbs = {node.name for node in _verbs(file)}
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                inner = f"_{node.name}" in verbs
                assert inner or node.name in verbs | helpers, f"{file}:{node.name} is no verb"


@pytest.mark.parametrize("part", READERS)
def test_nothing_else_writes(part: str) -> None:
    for file in _modules(part):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if node.func.attr in WRITES and not _harmless(node.func):
                raise AssertionError(f"{file.relative_to(PACKAGE)}:{node.lineno} calls .{node.func.attr}()")


def _harmless(target: ast.Attribute) -> bool:
    """`.update` of a plain dict cannot be told from a queryset's by name; such dicts are written `|=` instead."""
    return isinstance(target.value, ast.Attribute) and target.value.attr == "session"
