from django.apps import AppConfig


class SignoffConfig(AppConfig):
    name = "loudou.signoff"
    label = "signoff"
