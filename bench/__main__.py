"""`make bench` or `python -m bench`: how fast the program is on this machine, beside what the project wants of itself.

Makes its worlds in a scratch folder (kept and used again with --keep FOLDER), serves each with four web processes,
asks for every page as rep, manager and director, prints a table and writes JSON. See bench/README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.client import Ask, Browser
from bench.load import Times, measure
from bench.pages import MOST_UNSEEN, PAGES, ROLES
from bench.served import served
from bench.speed import loop
from bench.table import told

PASSWORD = "loudou-bench-2026"  # of loudou.demo.world
CROWD = 8


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    options.add_argument("--worlds", default="small,big", help="of tiny, small, big (default: small,big)")
    options.add_argument("--keep", type=Path, help="folder of the worlds; what is there is used again")
    options.add_argument("--json", type=Path, default=Path("bench.json"), help="where the figures go")
    options.add_argument("--rounds", type=int, default=60, help="requests a page and client")
    options.add_argument("--only", default="", help="pages whose name has this word")
    options.add_argument("--no-import", action="store_true", help="leave the import rate out")
    options.add_argument(
        "--quick", action="store_true", help="a tiny world and few rounds: does it run at all?"
    )
    given = options.parse_args()
    if given.quick:
        given.worlds, given.rounds, given.no_import = "tiny", 4, True
    folder = given.keep or Path(tempfile.mkdtemp(prefix="loudou-bench-"))
    folder.mkdir(parents=True, exist_ok=True)
    os.environ.pop("DATABASE_URL", None)
    try:
        found = bench(folder.resolve(), given)
    finally:
        if given.keep is None:
            shutil.rmtree(folder, ignore_errors=True)
    given.json.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", "utf-8")
    print(told(found))
    print(f"\nfigures in {given.json}")


def bench(folder: Path, given: argparse.Namespace) -> dict[str, Any]:
    """Measure all worlds; the figures as they are written."""
    found: dict[str, Any] = {"machine": _machine(), "worlds": {}, "loop_ms": {"before": loop()}}
    if not given.quick:
        found["first_start_seconds"] = _first_start(folder)
    for name in given.worlds.split(","):
        found["worlds"][name] = _world(folder / name, name, given)
    if not given.no_import:
        found["import"] = _imported()
    found["loop_ms"]["after"] = loop()
    return found


def _world(data: Path, name: str, given: argparse.Namespace) -> dict[str, Any]:
    rows = _made(data, name) | json.loads(_inside(data, "fill"))
    asks: dict[str, dict[str, list[dict[str, Any]]]] = json.loads(_inside(data, "asks", given.only))
    found: dict[str, Any] = {"rows": rows, "pages": {}, "loop_ms": {"before": loop()}}
    with served(data) as program:
        found["cold_start_seconds"] = round(program.start_seconds, 2)
        for role, username in ROLES.items():
            browser = Browser(program.port)
            browser.sign_in(username, PASSWORD)
            for page in PAGES:
                if wanted := [Ask(**ask) for ask in asks[role].get(page.name, [])]:
                    measured = unseen if page.unseen else _page
                    found["pages"].setdefault(page.name, {})[role] = measured(
                        program.port, browser.cookies, wanted, given.rounds
                    )
        found["memory"] = program.memory()
    found["loop_ms"]["after"] = loop()
    file = data.parent / f"{name}.asks.json"
    file.write_text(json.dumps(asks), "utf-8")
    found["acts"] = json.loads(_inside(data, "acts"))
    counted = json.loads(_inside(data, "queries", str(file)))
    for page, roles in found["pages"].items():
        for role, figures in roles.items():
            figures["queries"] = counted[role][page]
    return found


def _page(port: int, cookies: dict[str, str], wanted: list[Ask], rounds: int) -> dict[str, Any]:
    even = rounds + rounds % 2
    # Every web process has answered it before it counts, as it has for people at work.
    alone = measure(port, cookies, wanted, rounds=even, clients=1, warm=min(even, 12))
    crowd = measure(port, cookies, wanted, rounds=max(even // 2 // 2 * 2, 2), clients=CROWD, warm=2)
    return {"alone": _rounded(alone), "crowd": _rounded(crowd)}


def unseen(port: int, cookies: dict[str, str], wanted: list[Ask], rounds: int) -> dict[str, Any]:
    """Every request once: a few before they count, some alone, and others by the crowd; the last are for `queries`."""
    few = min(rounds, MOST_UNSEEN)
    alone = measure(port, cookies, wanted[: few + 4], rounds=few, clients=1, warm=4)
    others = wanted[few + 4 : few + 4 + 2 * CROWD]
    crowd = measure(port, cookies, others, rounds=1, clients=CROWD, warm=1)
    return {"alone": _rounded(alone), "crowd": _rounded(crowd)}


def _rounded(times: Times) -> dict[str, float]:
    return {name: round(value, 1) for name, value in asdict(times).items()}


def _made(data: Path, name: str) -> dict[str, int]:
    """The world's rows; made where the folder has none yet."""
    note = data.parent / f"{name}.rows.json"
    if not note.exists():
        began = time.perf_counter()
        note.write_text(_inside(data, "make", name), "utf-8")
        print(f"world {name} made in {time.perf_counter() - began:.0f} s", file=sys.stderr)
    rows: dict[str, int] = json.loads(note.read_text("utf-8"))
    return rows


def _inside(data: Path, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "bench.inside", *words],
        env={**os.environ, "LOUDOU_DATA": str(data)},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
        encoding="utf-8",
    )
    return done.stdout.strip().splitlines()[-1]


def _first_start(folder: Path) -> float:
    """Seconds from nothing to an answering page, without the demo."""
    data = folder / "first"
    shutil.rmtree(data, ignore_errors=True)
    with served(data) as program:
        seconds = program.start_seconds
    shutil.rmtree(data, ignore_errors=True)
    return round(seconds, 1)


def _imported() -> dict[str, Any] | None:
    """Rows a second, by kind, as `bench.imports` measures them."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import json; from bench.imports import measure; print(json.dumps(measure()))",
        ],
        stdout=subprocess.PIPE,
        check=False,
        text=True,
    )
    if done.returncode:
        return None
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def _machine() -> dict[str, Any]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**30
    return {
        "cores": os.cpu_count(),
        "memory_gb": memory,
        "system": platform.system(),
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 1),
    }


if __name__ == "__main__":
    main()
