from django.apps import AppConfig


class MarketConfig(AppConfig):
    name = "loudou.market"
    label = "market"

    def ready(self) -> None:
        """Hand the room's reports down to the register of reports, where the command line and the API find them."""
        from loudou.insight.reports import REPORTS
        from loudou.market.reports.picture import market_picture
        from loudou.market.reports.walks import market_walks

        REPORTS["market-walks"] = lambda lens: market_walks(lens).plain()
        REPORTS["market-picture"] = lambda lens: market_picture(lens).plain()
