from loudou.daylog.forms.acts import (
    AbsenceForm,
    AnnulForm,
    AnswerForm,
    FindingForm,
    HelpForm,
    JudgeForm,
)
from loudou.daylog.forms.logs import DeskForm, LogForm, StopSet, filled, stops_of

__all__ = [
    "AbsenceForm",
    "AnnulForm",
    "AnswerForm",
    "DeskForm",
    "FindingForm",
    "HelpForm",
    "JudgeForm",
    "LogForm",
    "StopSet",
    "filled",
    "stops_of",
]
