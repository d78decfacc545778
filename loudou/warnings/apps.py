from django.apps import AppConfig


class WarningsConfig(AppConfig):
    name = "loudou.warnings"
    label = "warnings"

    def ready(self) -> None:
        """Hand the room's report down to the register of reports, where the command line and the API find it; what is
        warned of gives rise to tasks."""
        from django.utils.translation import gettext_lazy as _

        from loudou.insight.reports import REPORTS
        from loudou.tasks.origins import origin
        from loudou.warnings.reports import prevention

        origin("warning", _("early warning"), "warnings:warning", model="warnings.EarlyWarning", offered=True)
        REPORTS["prevention"] = lambda lens: prevention(lens).plain()
