from django.apps import AppConfig


class SignoffConfig(AppConfig):
    name = "loudou.signoff"
    label = "signoff"

    def ready(self) -> None:
        """What waits for whoever leaves waits for somebody else."""
        from loudou.signoff import leaving  # noqa: F401 - importing it says so
