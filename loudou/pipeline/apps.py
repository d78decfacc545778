from django.apps import AppConfig


class PipelineConfig(AppConfig):
    name = "loudou.pipeline"
    label = "pipeline"

    def ready(self) -> None:
        """Deals follow what happens to their customers and owners, whichever door it came through; their currency stays.

        Deals are counted in the organisation's base currency, which cannot change once there is one. How one ended is verified. The funnels and
        reasons that every organisation starts with are called what they are in the reader's language.
        """
        from loudou.journal.titles import titled
        from loudou.people.verbs import counted_in_base
        from loudou.pipeline.models import Deal
        from loudou.pipeline.presets import PRESETS, REASONS
        from loudou.pipeline.verbs import _following, _homing, _leaving  # noqa: F401 - importing them says so
        from loudou.pipeline.verbs._asking import CLOSE_CHECK
        from loudou.signoff.acts import demanded

        demanded.append(CLOSE_CHECK)
        counted_in_base.append(Deal.objects.exists)
        titled("pipeline.funnel", words=[preset.names for preset in PRESETS])
        titled(
            "pipeline.reason",
            words=[dict(zip(("zh-hans", "zh-hant", "en"), row[2:5], strict=True)) for row in REASONS],
        )
