from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReviewsConfig(AppConfig):
    name = "loudou.reviews"
    label = "reviews"

    def ready(self) -> None:
        """Say that meetings give rise to tasks."""
        from loudou.tasks.origins import origin

        origin("meeting", _("meeting"), "reviews:meeting")
