from django.apps import AppConfig


class InsightConfig(AppConfig):
    name = "loudou.insight"
    label = "insight"

    def ready(self) -> None:
        """Hand down how results are counted, which the bases of targets are frozen from."""
        from loudou.insight.reports.targets import reached_in
        from loudou.targets.queries.counting import counters

        counters.append(reached_in)
