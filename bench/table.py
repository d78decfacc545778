"""The figures as a table, each beside its floor; what misses it is marked."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

from bench.acts import FLOORS
from bench.pages import LEAST_IMPORTED, MOST_MEGABYTES, MOST_QUERIES, MOST_SPREAD, PAGES, Page
from bench.speed import line

_HEAD = f"{'page':22}{'role':10}{'p50':>8}{'p95':>8}{'floor':>7}{'req/s':>8}{'p50 ×8':>9}{'p95 ×8':>9}{'req/s ×8':>10}{'SQL':>5}"


def told(found: dict[str, Any]) -> str:
    """The whole table."""
    machine = found["machine"]
    lines = [
        f"{machine['cores']} cores, {machine['memory_gb']} GB, Python {machine['python']}, load before {machine['load_before']}",
    ]
    lines.append(line(found["loop_ms"]))
    if "first_start_seconds" in found:
        lines.append(f"first start, from nothing to a page: {found['first_start_seconds']} s")
    for name, world in found["worlds"].items():
        rows = world["rows"]
        lines += [
            "",
            f"world {name}: " + ", ".join(f"{count:,} {_short(key)}" for key, count in rows.items()),
        ]
        lines.append(f"start {world['cold_start_seconds']} s; {_memory(world['memory'])}")
        lines.append(line(world["loop_ms"]))
        lines += ["", _HEAD, *_pages(world), *_acts(world)]
    if found.get("import"):
        lines += ["", *_imported(found["import"])]
    lines += ["", *_verdict(found)]
    return "\n".join(lines)


def missed(found: dict[str, Any]) -> list[str]:
    """What is slower, larger or chattier than it shall be, one line each."""
    lines = []
    for name, world in found["worlds"].items():
        if world["memory"]["worker_rss_mb"] > MOST_MEGABYTES:
            lines.append(f"{name}: a web process holds {world['memory']['worker_rss_mb']} MB")
        for page in PAGES:
            for role, figures in world["pages"].get(page.name, {}).items():
                lines += [f"{name}: {page.name} as {role}: {fault}" for fault in _faults(page, figures)]
        for act, took in world.get("acts", {}).items():
            if took["p50"] > FLOORS[act]:
                lines.append(f"{name}: {act}: {took['p50']} ms, wanted {FLOORS[act]:g}")
    lines += _growing(found["worlds"])
    return lines


def _faults(page: Page, figures: dict[str, Any]) -> list[str]:
    alone, floor = figures["alone"], page.floor
    faults = []
    if floor is not None and alone["p50"] > floor:
        faults.append(f"{alone['p50']} ms, wanted {floor:g}")
    # What is asked for once differs in how much there is to read: the slowest is held against the floor.
    if alone["p95"] > MOST_SPREAD * (floor if page.unseen and floor is not None else alone["p50"]):
        faults.append(f"p95 {alone['p95']} ms at p50 {alone['p50']}")
    if figures["queries"] > MOST_QUERIES:
        faults.append(f"{figures['queries']} queries")
    if alone["failed"] or figures["crowd"]["failed"]:
        faults.append(f"{alone['failed'] + figures['crowd']['failed']} refused")
    return faults


def _growing(worlds: dict[str, Any]) -> list[str]:
    """Pages that ask more of the database where there is more in it."""
    names = list(worlds)
    lines = []
    for before, after in pairwise(names):
        for page, roles in worlds[after]["pages"].items():
            for role, figures in roles.items():
                former = worlds[before]["pages"].get(page, {}).get(role)
                if former is not None and figures["queries"] > former["queries"]:
                    lines.append(
                        f"{page} as {role}: {former['queries']} queries in {before}, {figures['queries']} in {after}"
                    )
    return lines


def _pages(world: dict[str, Any]) -> list[str]:
    lines = []
    for page in PAGES:
        for role, figures in world["pages"].get(page.name, {}).items():
            alone, crowd = figures["alone"], figures["crowd"]
            mark = " ←" if _faults(page, figures) else ""
            lines.append(
                f"{page.name:22}{role:10}{alone['p50']:>8.1f}{alone['p95']:>8.1f}"
                f"{page.floor if page.floor is not None else '—':>7}{alone['a_second']:>8.0f}"
                f"{crowd['p50']:>9.1f}{crowd['p95']:>9.1f}{crowd['a_second']:>10.0f}{figures['queries']:>5}{mark}"
            )
    return lines


def _acts(world: dict[str, Any]) -> list[str]:
    return [
        f"{act:32}{took['p50']:>8.1f}{took['most']:>8.1f}{FLOORS[act]:>7g}"
        for act, took in world.get("acts", {}).items()
    ]


def _memory(found: dict[str, float]) -> str:
    return (
        f"largest web process {found['worker_rss_mb']} MB (its share {found['worker_pss_mb']} MB), "
        f"all of the program {found['program_pss_mb']} MB"
    )


def _imported(found: dict[str, Any]) -> list[str]:
    return [
        f"import of {kind}: {json.dumps(rates, ensure_ascii=False)} (wanted {LEAST_IMPORTED:,} rows/s)"
        for kind, rates in found["kinds"].items()
    ]


def _verdict(found: dict[str, Any]) -> list[str]:
    faults = missed(found)
    return ["all within what is wanted"] if not faults else [f"{len(faults)} not as wanted:", *faults]


def _short(name: str) -> str:
    return name.partition(".")[2]
