from django.apps import AppConfig


class FormsConfig(AppConfig):
    name = "loudou.forms"
    label = "forms"

    def ready(self) -> None:
        """Hand the room's reports down to the register of reports, where the command line and the API find them."""
        from loudou.forms.reports.coverage import form_map
        from loudou.forms.reports.worth import form_load
        from loudou.insight.reports import REPORTS

        REPORTS["form-load"] = lambda lens: form_load(lens).plain()
        REPORTS["form-map"] = lambda lens: form_map(lens.user).plain()
