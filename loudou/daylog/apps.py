from django.apps import AppConfig


class DaylogConfig(AppConfig):
    name = "loudou.daylog"
    label = "daylog"

    def ready(self) -> None:
        """Hand the room's reports down to the register of reports, where the command line and the API find them."""
        from loudou.daylog.reports.approvals import approvals
        from loudou.daylog.reports.discipline import log_discipline
        from loudou.daylog.reports.three_e import three_e
        from loudou.insight.reports import REPORTS

        REPORTS["three-e"] = lambda lens: three_e(lens).plain()
        REPORTS["log-discipline"] = lambda lens: log_discipline(lens).plain()
        REPORTS["approvals"] = lambda lens: approvals(lens).plain()
