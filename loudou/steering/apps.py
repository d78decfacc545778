from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SteeringConfig(AppConfig):
    name = "loudou.steering"
    label = "steering"

    def ready(self) -> None:
        """Hand the room's reports down to their register, say that measures are tasks, and what follows when those end.

        Costs are titled by their category, in the reader's language.
        """
        from loudou.insight.reports import REPORTS
        from loudou.journal.titles import titled
        from loudou.steering.models.budget import Category
        from loudou.steering.reports import HERE
        from loudou.steering.verbs.following import end_with_task
        from loudou.tasks.origins import origin
        from loudou.tasks.verbs import after_end

        for name, report in HERE.items():
            REPORTS[name] = report
        origin("measure", _("measure"), "steering:measure", model="steering.Measure")
        after_end.append(end_with_task)
        titled("steering.cost", words=[category.label for category in Category])
