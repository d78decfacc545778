from django.apps import AppConfig


class TasksConfig(AppConfig):
    name = "loudou.tasks"
    label = "tasks"

    def ready(self) -> None:
        """Tasks follow their customers, and go to somebody else when their owner leaves."""
        from loudou.tasks.verbs import _following, _leaving  # noqa: F401 - importing them says so
