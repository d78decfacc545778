from django.apps import AppConfig


class PipelineConfig(AppConfig):
    name = "loudou.pipeline"
    label = "pipeline"

    def ready(self) -> None:
        """Deals are counted in the base currency, which therefore stays once there is one."""
        from loudou.people.verbs import counted_in_base
        from loudou.pipeline.models import Deal

        counted_in_base.append(Deal.objects.exists)
