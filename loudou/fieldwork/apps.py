from django.apps import AppConfig


class FieldworkConfig(AppConfig):
    name = "loudou.fieldwork"
    label = "fieldwork"

    def ready(self) -> None:
        """Activities follow what happens to their customers, planned visits who leaves; visits and calls give rise to tasks."""
        from django.utils.translation import gettext_lazy as _

        from loudou.fieldwork.verbs import _following, _leaving  # noqa: F401 - importing them says so
        from loudou.fieldwork.verbs._calls import follow_task
        from loudou.fieldwork.verbs.calling import ORIGIN
        from loudou.tasks.origins import origin
        from loudou.tasks.verbs import after_change, after_end

        origin("visit", _("visit"), "fieldwork:visit", model="fieldwork.VisitPlan")
        origin(ORIGIN, _("call"), "fieldwork:call", model="fieldwork.PhoneCall")
        after_change.append(follow_task)
        after_end.append(follow_task)
