from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "loudou.ui"
    label = "ui"
