"""How presets are written: names are 简体, 繁體, English."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from loudou.pipeline.models.funnel import Category
from loudou.pipeline.verbs import EvidencePlan, Names, StagePlan, TaskPlan


@dataclass(frozen=True)
class Preset:
    """A ready funnel."""

    code: str
    names: Names
    business: str
    stages: tuple[StagePlan, ...]
    in_use: bool = False


def names(hans: str, hant: str, en: str) -> Names:
    """Names in the three languages."""
    return {"zh-hans": hans, "zh-hant": hant, "en": en}


def evidence(code: str, hans: str, hant: str, en: str, *, file: bool = False) -> EvidencePlan:
    """Something to be shown."""
    return EvidencePlan(code, names(hans, hant, en), needs_file=file)


def task(code: str, hans: str, hant: str, en: str, form: str = "") -> TaskPlan:
    """Something to be done, on a form if it has one."""
    return TaskPlan(code, names(hans, hant, en), form=form)


def _category(rate: int) -> str:
    """The forecast category a stage starts with: commit from 80 %, best case from 50 %, else pipeline."""
    return Category.COMMIT if rate >= 80 else Category.BEST_CASE if rate >= 50 else Category.PIPELINE


def plain(*stages: tuple[str, int, str, str, str]) -> tuple[StagePlan, ...]:
    """Stages of which only code, rate and names are given; each may last 30 days."""
    return tuple(
        StagePlan(
            code, names(hans, hant, en), Decimal(rate) / 100, _category(rate), warn_days=24, max_days=30
        )
        for code, rate, hans, hant, en in stages
    )
