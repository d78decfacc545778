"""Rooms stand in storeys; the contract file is the picture."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_import_contracts_are_kept() -> None:
    run = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-3000:]


def test_the_architecture_tells_the_storeys_of_the_contract() -> None:
    contract = (ROOT / ".importlinter").read_text("utf-8")
    layers = re.search(r"exhaustive_ignores.*?layers =\n(.*?)\n\n", contract, re.DOTALL)
    assert layers is not None
    storeys = [set(line.replace("|", " ").split()) for line in reversed(layers[1].splitlines())]
    rooms = {path.parent.name for path in (ROOT / "loudou").glob("*/__init__.py")}
    expected = {name: number for number, storey in enumerate(storeys) for name in storey & rooms}
    table = re.findall(r"(?m)^\| (\d+) \| (`[^|]*`) \|", (ROOT / "docs/architecture.md").read_text("utf-8"))
    told = {name: int(number) for number, names in table for name in re.findall(r"`(\w+)`", names)}
    assert told == expected


def test_what_runs_needs_nothing_that_only_tests_install() -> None:
    pinned = {
        name.lower() for name in re.findall(r"(?m)^([\w.-]+)==", (ROOT / "requirements/run.txt").read_text())
    }
    origins = packages_distributions()
    missing = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in (ROOT / "loudou").rglob("*.py")
        for name in _imported(path)
        if name not in sys.stdlib_module_names and name != "loudou"
        if not any(origin.lower().replace("_", "-") in pinned for origin in origins.get(name, []))
    }
    assert missing == set()


def _imported(path: Path) -> Iterator[str]:
    """The packages a module imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]
