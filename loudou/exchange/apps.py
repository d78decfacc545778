from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "loudou.exchange"
    label = "exchange"

    def ready(self) -> None:
        """Exports are a way out of the house."""
        from loudou.exchange.queries import named_in_exports
        from loudou.people.taking import way_out

        way_out(named_in_exports)
