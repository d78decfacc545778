from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "loudou.exchange"
    label = "exchange"
