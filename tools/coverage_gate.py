"""The coverage gate: every line and branch of kernel, figures, verbs and access is run by a test."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
GATED = (
    "loudou/kernel/*",
    "loudou/*/figures.py",
    "loudou/*/figures/*",
    "loudou/*/verbs.py",
    "loudou/*/verbs/*",
    "loudou/people/access.py",
)


def main() -> int:
    """Print what no test runs; 0 when there is nothing."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "coverage.json"
        command = [
            sys.executable,
            "-m",
            "coverage",
            "json",
            "-q",
            "-o",
            str(report),
            f"--include={','.join(GATED)}",
        ]
        if subprocess.run(command, cwd=ROOT, check=False).returncode:
            return 1
        files = json.loads(report.read_text())["files"]
    lacking = 0
    for name, found in sorted(files.items()):
        lines, branches = found["missing_lines"], found.get("missing_branches", [])
        if lines or branches:
            lacking += 1
            print(f"{name}: lines {lines}, branches {branches}")
    print(f"coverage gate: {len(files) - lacking} of {len(files)} files complete")
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main())
