"""The board of targets, page by page: each reads the targets of its own owners, and of nobody else."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from loudou.insight.lens import InsightLens
from loudou.insight.queries.aimed import belonging_to, owners_of
from loudou.insight.reports.aiming import wanted_targets
from loudou.insight.reports.aims import Aim
from loudou.insight.reports.targets import TargetProgress, target_progress

OWNERS = 100  # on a page


@dataclass(frozen=True)
class Board:
    """A page of the targets: those of some owners, and after whom the next page begins.

    `told` are the measures that stand above it already.
    """

    report: TargetProgress
    next: str
    told: Collection[str] = ()

    @property
    def measures(self) -> list[Aim]:
        """What is told here and not above."""
        return [aim for aim in self.report.measures if aim.counted not in self.told]

    @property
    def told_by_now(self) -> list[str]:
        """The measures that are told above or here."""
        return [*self.told, *(aim.counted for aim in self.measures)]


def target_board(lens: InsightLens, after: str = "", told: Collection[str] = ()) -> Board:
    """The page that follows an owner, from the top without one; one that would tell nothing is left out."""
    owners = owners_of(wanted_targets(lens))
    first = next((place + 1 for place, one in enumerate(owners) if one.key == after), 0)
    while True:
        last = first + OWNERS
        report = target_progress(lens, whose=belonging_to(owners[first:last]))
        if report.lines or last >= len(owners):
            following = owners[last - 1].key if last < len(owners) else ""
            return Board(report, following, told)
        first = last
