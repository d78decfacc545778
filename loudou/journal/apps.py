from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "loudou.journal"
    label = "journal"
