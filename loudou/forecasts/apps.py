from django.apps import AppConfig


class ForecastsConfig(AppConfig):
    name = "loudou.forecasts"
    label = "forecasts"

    def ready(self) -> None:
        """Hand the room's reports down to the register of reports, where the command line and the API find it."""
        from loudou.forecasts.horizons import forecast_horizons
        from loudou.forecasts.judgements import forecast_judgements
        from loudou.forecasts.reports import forecast_accuracy
        from loudou.insight.reports import REPORTS

        REPORTS["forecast-accuracy"] = lambda lens: forecast_accuracy(lens).plain()
        REPORTS["forecast-horizons"] = lambda lens: forecast_horizons(lens).plain()
        REPORTS["forecast-judgements"] = forecast_judgements
