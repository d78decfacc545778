from django.apps import AppConfig


class WarningsConfig(AppConfig):
    name = "loudou.warnings"
    label = "warnings"

    def ready(self) -> None:
        """Hand the room's report down to the register of reports, where the command line and the API find it."""
        from loudou.insight.reports import REPORTS
        from loudou.warnings.reports import prevention

        REPORTS["prevention"] = lambda lens: prevention(lens).plain()
