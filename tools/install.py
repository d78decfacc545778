"""`make install`: fill .venv from requirements/*.txt, hashes checked; with --dev also what the checks need.

Standard library only, and run by whatever Python 3.11 or newer there is: nothing is installed yet. Run again, it does
nothing until the requirements change; two at once wait for each other.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
QUIET = ("--quiet", "--disable-pip-version-check", "--no-input", "--no-warn-script-location")


def main() -> int:
    """Install what is missing; 0 when all is there."""
    with (ROOT / ".install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        parts = ["run", "dev"] if "--dev" in sys.argv else ["run"]
        missing = [part for part in parts if not _is_there(part)]
        if not missing:
            return 0
        print("Installing into .venv (once; this downloads some 100 MB) …", flush=True)
        if not _made():
            _make()
        for part in missing:
            _install(part)
    return 0


def _is_there(part: str) -> bool:
    stamp = VENV / f".{part}"
    return _made() and stamp.exists() and stamp.read_text() == _wanted(part)


def _wanted(part: str) -> str:
    """What was asked for, as one digest: the pins, the package's own declaration, and where it lies."""
    digest = hashlib.sha256(os.fsencode(ROOT))
    for file in (ROOT / "requirements" / f"{part}.txt", ROOT / "pyproject.toml"):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _made() -> bool:
    """Whether the environment works: one whose Python is gone does not."""
    return _works(str(PYTHON), "-c", "import encodings")


def _make() -> None:
    """A fresh environment; where Python comes without ensurepip (Debian), it has no pip of its own."""
    shutil.rmtree(VENV, ignore_errors=True)
    if not _works(sys.executable, "-m", "venv", str(VENV)):
        shutil.rmtree(VENV, ignore_errors=True)
        _run([sys.executable, "-m", "venv", "--without-pip", str(VENV)])


def _pip() -> list[str]:
    """The environment's own pip, else the one beside the Python that runs this, told where to install."""
    if _works(str(PYTHON), "-m", "pip", "--version"):
        return [str(PYTHON), "-m", "pip"]
    if _works(sys.executable, "-m", "pip", "--version"):
        return [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    sys.exit("There is no pip: install python3-pip (Debian) or a Python that brings it.")


def _works(*command: str) -> bool:
    try:
        return subprocess.run(command, check=False, capture_output=True).returncode == 0
    except OSError:
        return False


def _install(part: str) -> None:
    pip = [*_pip(), "install", *QUIET, "--no-compile"]
    _run([*pip, "--require-hashes", "-r", str(ROOT / "requirements" / f"{part}.txt")])
    if part == "run":
        _run([*pip, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)])
        # All cores compile what starting needs, so that the first start is not slower than the others.
        compiling = [
            str(PYTHON),
            "-m",
            "compileall",
            "-q",
            "-j",
            "0",
            str(VENV / "lib"),
            str(ROOT / "loudou"),
        ]
        subprocess.run(compiling, check=False, capture_output=True)
    (VENV / f".{part}").write_text(_wanted(part))


def _run(command: list[str]) -> None:
    done = subprocess.run(command, check=False, cwd=ROOT, env={**os.environ, "PYTHONWARNINGS": "ignore"})
    if done.returncode:
        sys.exit(f"Installing stopped: “{' '.join(command[:4])} …” failed; see above, then run make again.")


if __name__ == "__main__":
    if sys.version_info < (3, 11):  # noqa: UP036 - whoever has an older one runs this too
        sys.exit("Loudou needs Python 3.11 or newer: make run PYTHON=python3.12")
    try:
        sys.exit(main())
    except PermissionError as problem:
        sys.exit(f"{problem.filename} belongs to somebody else: clone into a folder of your own.")
