from django.apps import AppConfig


class TargetsConfig(AppConfig):
    name = "loudou.targets"
    label = "targets"
