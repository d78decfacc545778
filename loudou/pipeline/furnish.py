"""The funnels and reasons every organisation starts with."""

from __future__ import annotations

from loudou.journal.record import verb
from loudou.pipeline import verbs
from loudou.pipeline.models import Funnel, Reason
from loudou.pipeline.presets import PRESETS, REASONS


@verb
def furnish() -> None:
    """Add the presets that are not there yet; what an organisation changed stays as it is."""
    for preset in PRESETS:
        if Funnel.objects.filter(code=preset.code).exists():
            continue
        funnel = verbs.add_funnel(
            code=preset.code,
            names=preset.names,
            stages=preset.stages,
            business=preset.business,
            in_use=preset.in_use,
            by=None,
        )
        verbs.publish(funnel, by=None)
        if preset.code == "b2b" and not Funnel.objects.filter(is_default=True).exists():
            verbs.set_funnel(funnel, by=None, is_default=True)
    for place, (kind, code, hans, hant, en, rival) in enumerate(REASONS):
        if not Reason.objects.filter(kind=kind, code=code).exists():
            names = {"zh-hans": hans, "zh-hant": hant, "en": en}
            verbs.set_reason(
                kind=kind, code=code, names=names, asks_competitor=rival, position=place, by=None
            )
