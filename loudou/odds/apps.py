from django.apps import AppConfig


class OddsConfig(AppConfig):
    name = "loudou.odds"
    label = "odds"

    def ready(self) -> None:
        """Hand the room's report down to the register of reports, where the command line and the API find it."""
        from loudou.insight.reports import REPORTS
        from loudou.odds.reports import win_probability

        REPORTS["win-probability"] = lambda lens: win_probability(lens).plain()
