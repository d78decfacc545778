from loudou.forms.forms.acts import (
    DoubtForm,
    GiveForm,
    IssueForm,
    ReasonForm,
    ReviewForm,
    UseForm,
)
from loudou.forms.forms.designing import FieldSet, JustifyForm, ProposeForm, VersionForm, fields_of, rows_of
from loudou.forms.forms.filling import FillForm

__all__ = [
    "DoubtForm",
    "FieldSet",
    "FillForm",
    "GiveForm",
    "IssueForm",
    "JustifyForm",
    "ProposeForm",
    "ReasonForm",
    "ReviewForm",
    "UseForm",
    "VersionForm",
    "fields_of",
    "rows_of",
]
