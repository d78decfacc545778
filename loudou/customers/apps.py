from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "loudou.customers"
    label = "customers"

    def ready(self) -> None:
        """Customers go along with their owner, and of whoever leaves to somebody else."""
        from loudou.customers.verbs import _homing, _leaving  # noqa: F401 - importing them says so
