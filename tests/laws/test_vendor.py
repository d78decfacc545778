"""Vendored files are the ones the manifest names, and no committed file names a registry host."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tools.vendor import check

ROOT = Path(__file__).resolve().parents[2]


def test_vendored_files_match_the_manifest() -> None:
    assert check() == []


def test_dependencies_are_pinned_with_hashes() -> None:
    for name in ("run", "dev"):
        lines = (ROOT / "requirements" / f"{name}.txt").read_text().splitlines()
        pins = [line for line in lines if re.match(r"[A-Za-z0-9]", line)]
        assert pins
        for line in pins:
            assert "==" in line and line.rstrip().endswith("\\"), line


def test_no_registry_host_is_named() -> None:
    hosts = re.compile(r"(pypi\.org|pythonhosted\.org|npmjs\.(org|com)|registry\.npm|deb\.debian\.org)")
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split("\n")
    for name in filter(None, listed):
        file = ROOT / name
        if (
            file.suffix in {".py", ".txt", ".in", ".toml", ".md", ".json", ".html", ".js", ".css", ".cfg", ""}
            and file.is_file()
        ):
            text = file.read_text("utf-8", "ignore")
            assert not hosts.search(text) or name == "tests/laws/test_vendor.py", name
