from django.apps import AppConfig


class FormsConfig(AppConfig):
    name = "loudou.forms"
    label = "forms"

    def ready(self) -> None:
        """Hand the room's reports down to the register where the command line and the API find them.

        Tables of records are a way out of the house. The forms that every organisation starts with are called what they
        are in the reader's language.
        """
        from loudou.forms.presets import CATALOGUE
        from loudou.forms.queries.records import records_taken_out
        from loudou.forms.reports.coverage import form_map
        from loudou.forms.reports.handing_in import handing_in
        from loudou.forms.reports.worth import form_load
        from loudou.insight.reports import REPORTS
        from loudou.journal.titles import titled
        from loudou.people.taking import way_out

        way_out(records_taken_out)
        REPORTS["form-load"] = lambda lens: form_load(lens).plain()
        REPORTS["hand-ins"] = lambda lens: handing_in(lens).plain()
        REPORTS["form-map"] = lambda lens: form_map(lens.user).plain()
        titled(
            *("forms.form", "forms.formversion", "forms.formrecord", "forms.review"),
            *("forms.owner", "forms.council", "forms.record"),
            words=[preset.names for preset in CATALOGUE],
        )
