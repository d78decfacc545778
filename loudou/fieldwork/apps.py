from django.apps import AppConfig


class FieldworkConfig(AppConfig):
    name = "loudou.fieldwork"
    label = "fieldwork"

    def ready(self) -> None:
        """Activities follow what happens to their customers, planned visits who leaves; visits give rise to tasks."""
        from django.utils.translation import gettext_lazy as _

        from loudou.fieldwork.verbs import _following, _leaving  # noqa: F401 - importing them says so
        from loudou.tasks.origins import origin

        origin("visit", _("visit"), "fieldwork:visit")
