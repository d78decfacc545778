"""The tree of units as its placings say, on any day and today."""

from __future__ import annotations

from datetime import date

from loudou.people.models import Placing, Unit


def parents_on(day: date, placings: list[Placing]) -> dict[int, int | None]:
    """Under what each unit stands on a day; a unit stood from the beginning where it was first put."""
    found: dict[int, int | None] = {}
    for placing in sorted(placings, key=lambda placing: placing.since):
        if placing.since <= day or placing.unit_id not in found:
            found[placing.unit_id] = placing.parent_id
    return found


def rebuild(today: date) -> list[Unit]:
    """Make every unit's parent and path those of today; returns the units that stand elsewhere than before."""
    units = {unit.pk: unit for unit in Unit.objects.select_for_update().order_by("pk")}
    parents = {unit.pk: unit.parent_id for unit in units.values()}
    parents |= parents_on(today, list(Placing.objects.all()))
    moved = [unit for unit in units.values() if parents[unit.pk] != unit.parent_id]
    for unit in moved:
        unit.parent = units.get(parents[unit.pk] or 0)
    changed = []
    for unit in units.values():
        path, above = f"/{unit.pk}/", parents[unit.pk]
        while above is not None:
            path, above = f"/{above}{path}", parents[above]
        if path != unit.path:
            unit.path = path
            changed.append(unit)
    Unit.objects.bulk_update(changed, ["parent", "path"])
    return moved
