from django.apps import AppConfig


class BroadcastsConfig(AppConfig):
    name = "loudou.broadcasts"
    label = "broadcasts"

    def ready(self) -> None:
        """Hand down which pages can be mailed, so that their menus of views offer it."""
        from loudou.broadcasts.subjects import SUBJECTS
        from loudou.people.queries import MAILABLE

        MAILABLE.update(SUBJECTS)
