from django.apps import AppConfig


class SteeringConfig(AppConfig):
    name = "loudou.steering"
    label = "steering"

    def ready(self) -> None:
        """Hand the room's reports down to the register of reports, where the command line and the API find them."""
        from loudou.insight.reports import REPORTS
        from loudou.steering.reports import HERE

        for name, report in HERE.items():
            REPORTS[name] = report
