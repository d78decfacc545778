from django.apps import AppConfig


class RemarksConfig(AppConfig):
    name = "loudou.remarks"
    label = "remarks"
