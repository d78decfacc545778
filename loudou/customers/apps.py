from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "loudou.customers"
    label = "customers"

    def ready(self) -> None:
        """Customers of whoever leaves go to somebody else."""
        from loudou.customers.verbs import _leaving  # noqa: F401 - importing it says so
