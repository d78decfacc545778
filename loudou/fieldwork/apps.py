from django.apps import AppConfig


class FieldworkConfig(AppConfig):
    name = "loudou.fieldwork"
    label = "fieldwork"

    def ready(self) -> None:
        """Activities follow what happens to their customers."""
        from loudou.fieldwork.verbs import _following  # noqa: F401 - importing it declares the consequences
