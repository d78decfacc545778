from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "loudou.customers"
    label = "customers"
