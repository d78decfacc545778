from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReviewsConfig(AppConfig):
    name = "loudou.reviews"
    label = "reviews"

    def ready(self) -> None:
        """Say that meetings give rise to tasks, and of which words the titles of packs are made."""
        from loudou.journal.titles import titled
        from loudou.reviews.models import Pack
        from loudou.tasks.origins import origin

        origin("meeting", _("meeting"), "reviews:meeting", model="reviews.Meeting")
        titled("reviews.pack", words=[kind.label for kind in Pack.Kind])
