from loudou.fieldwork.models.activities import Activities, Activity
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
    "Consent",
    "CustomerPlace",
    "Position",
    "VisitFile",
    "VisitPlan",
    "VisitPlans",
    "VisitRecord",
]
