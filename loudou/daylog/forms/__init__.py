from loudou.daylog.forms.acts import (
    AbsenceForm,
    AnnulForm,
    AnswerForm,
    CarryForm,
    FindingForm,
    HelpForm,
    JudgeForm,
)
from loudou.daylog.forms.logs import DeskForm, ExpenseSet, LogForm, StopSet, spent_of, stops_of

__all__ = [
    "AbsenceForm",
    "AnnulForm",
    "AnswerForm",
    "CarryForm",
    "DeskForm",
    "ExpenseSet",
    "FindingForm",
    "HelpForm",
    "JudgeForm",
    "LogForm",
    "StopSet",
    "spent_of",
    "stops_of",
]
