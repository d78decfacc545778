from loudou.fieldwork.models.activities import Activities, Activity
from loudou.fieldwork.models.agenda import AgendaFeed
from loudou.fieldwork.models.cadence import ContactRule
from loudou.fieldwork.models.calls import PhoneCall, PhoneCalls
from loudou.fieldwork.models.visits import (
    Consent,
    CustomerPlace,
    Position,
    VisitFile,
    VisitPlan,
    VisitPlans,
    VisitRecord,
)

__all__ = [
    "Activities",
    "Activity",
    "AgendaFeed",
    "Consent",
    "ContactRule",
    "CustomerPlace",
    "PhoneCall",
    "PhoneCalls",
    "Position",
    "VisitFile",
    "VisitPlan",
    "VisitPlans",
    "VisitRecord",
]
