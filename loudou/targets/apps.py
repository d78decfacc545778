from django.apps import AppConfig


class TargetsConfig(AppConfig):
    name = "loudou.targets"
    label = "targets"

    def ready(self) -> None:
        """Say of which words the titles of targets are made."""
        from loudou.journal.titles import titled
        from loudou.targets.models.target import AT_STAGE, Metric

        titled(
            *("targets.target", "targets.negotiation", "targets.approval", "targets.adjustment"),
            words=[*(metric.label for metric in Metric), *AT_STAGE.values()],
        )
