from loudou.daylog.forms.acts import (
    AbsenceForm,
    AnnulForm,
    AnswerForm,
    CarryForm,
    FindingForm,
    HelpForm,
    JudgeForm,
)
from loudou.daylog.forms.logs import DeskForm, LogForm, StopSet, stops_of

__all__ = [
    "AbsenceForm",
    "AnnulForm",
    "AnswerForm",
    "CarryForm",
    "DeskForm",
    "FindingForm",
    "HelpForm",
    "JudgeForm",
    "LogForm",
    "StopSet",
    "stops_of",
]
