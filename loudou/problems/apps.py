from django.apps import AppConfig


class ProblemsConfig(AppConfig):
    name = "loudou.problems"
    label = "problems"

    def ready(self) -> None:
        """Hand the room's report down to the register of reports, where the command line and the API find it."""
        from loudou.insight.reports import REPORTS
        from loudou.problems.reports.recurrence import recurrence

        REPORTS["problems"] = lambda lens: recurrence(lens).plain()
