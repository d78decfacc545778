from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "loudou.desk"
    label = "desk"
