from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "loudou.people"
    label = "people"

    def ready(self) -> None:
        """Amounts that history tells without a currency are the organisation's."""
        from loudou.journal.sentences import amounts_are_in
        from loudou.people.queries import organisation

        amounts_are_in(lambda: organisation().base_currency)
