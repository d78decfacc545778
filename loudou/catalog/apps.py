from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "loudou.catalog"
    label = "catalog"
