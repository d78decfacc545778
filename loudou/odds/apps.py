from django.apps import AppConfig


class OddsConfig(AppConfig):
    name = "loudou.odds"
    label = "odds"

    def ready(self) -> None:
        """Hand the room's reports down to the register of reports, where the command line and the API find them."""
        from loudou.insight.reports import REPORTS
        from loudou.odds.outlooks import period_forecast
        from loudou.odds.reports import win_probability

        REPORTS["win-probability"] = lambda lens: win_probability(lens).plain()
        REPORTS["period-forecast"] = lambda lens: period_forecast(lens).plain()
