from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "loudou.demo"
    label = "demo"
