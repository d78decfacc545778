from django.apps import AppConfig


class InsightConfig(AppConfig):
    name = "loudou.insight"
    label = "insight"
