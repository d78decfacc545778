"""Doors of the desk: everybody's first page, search, notices; the journal for who may read it."""

from __future__ import annotations

from tests.doors import Door

# anonymous owner colleague outsider manager director operations finance control admin security auditor
AUDITORS = "302 403 403 403 403 403 403 403 403 403 {0} {0}"

DOORS = [
    Door("desk:home", "200"),
    Door("desk:search", "200", query="?q=%E6%9F%94%E6%80%A7"),
    Door("desk:create", "200"),
    Door("desk:keys", "200"),
    Door("desk:more", "200"),
    Door("desk:settings", "200"),
    Door("desk:room", "302", args=lambda world: ["targets"]),
    Door("desk:demo_progress", "200"),
    Door("desk:notices", "200"),
    Door("desk:mark_read", "302", method="POST"),
    Door(
        "desk:notice",
        "302 404 404 404 404 404 404 404 404 404 404 404",
        method="POST",
        args=lambda world: [1],
    ),
    Door("desk:audit", AUDITORS.format(200)),
    Door("desk:open_journal", AUDITORS.format(302), method="POST"),
    Door("desk:export_journal", AUDITORS.format(200), method="POST"),
    Door("desk:verify_journal", AUDITORS.format(302), method="POST"),
]
