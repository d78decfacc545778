"""Everything `make test` checks, in the order that fails soonest, to one closing line with the counts."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent


def main() -> int:
    """Run the steps; 0 when all passed."""
    quick = "--quick" in sys.argv
    steps = {
        "style": [str(BIN / "ruff"), "check", "."],
        "format": [str(BIN / "ruff"), "format", "--check", "."],
        "types": [str(BIN / "mypy")],
    }
    if not quick:
        _ensure_chromium()
        workers = str(max(2, os.cpu_count() or 2))
        coverage = ["--cov", "--cov-report=", "--cov-fail-under=0"]
        steps["tests"] = [sys.executable, "-m", "pytest", "-n", workers, *coverage]
        steps["coverage"] = [sys.executable, str(ROOT / "tools" / "coverage_gate.py")]
    passed, failed = 0, []
    for name, command in steps.items():
        began = time.monotonic()
        code = subprocess.run(command, cwd=ROOT, check=False).returncode
        print(f"{'ok  ' if code == 0 else 'FAIL'} {name} ({time.monotonic() - began:.0f} s)", flush=True)
        passed += code == 0
        failed += [name] if code else []
    print(f"{passed} passed, {len(failed)} failed")
    return 1 if failed else 0


def _ensure_chromium() -> None:
    """Debian's Chromium for the browser tests, where it is missing and we may install it."""
    if (
        shutil.which("chromium")
        or shutil.which("google-chrome")
        or os.geteuid() != 0
        or not shutil.which("apt-get")
    ):
        return
    quiet = {"stdout": subprocess.DEVNULL, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
    subprocess.run(["apt-get", "update", "-qq"], check=False, **quiet)  # type: ignore[call-overload]
    packages = ["chromium", "fonts-noto-cjk"]
    subprocess.run(
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages], check=False, **quiet
    )  # type: ignore[call-overload]


if __name__ == "__main__":
    sys.exit(main())
