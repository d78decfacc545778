from django.urls import path

from loudou.fieldwork.views import activities, agenda, cadence, visits

app_name = "fieldwork"
urlpatterns = [
    path("activities/", activities.activities, name="list"),
    path("activities/log/", activities.log, name="log"),
    path("activities/<int:pk>/", activities.activity, name="activity"),
    path("activities/<int:pk>/edit/", activities.edit, name="edit"),
    path("activities/<int:pk>/annul/", activities.annul, name="annul"),
    path("deals/<int:pk>/activities/", activities.of_deal, name="of_deal"),
    path("customers/<int:pk>/activities/", activities.of_customer, name="of_customer"),
    path("agenda/", agenda.agenda, name="agenda"),
    path("agenda/today/", agenda.today, name="today"),
    path("agenda/feed/", agenda.feed, name="feed"),
    path("agenda/<str:secret>.ics", agenda.calendar, name="calendar"),
    path("contacts/plan/", cadence.contact_plan, name="contact_plan"),
    path("contacts/cadence/", cadence.cadence, name="cadence"),
    path("visits/", visits.visits, name="visits"),
    path("visits/plan/", visits.plan_visit, name="plan_visit"),
    path("visits/emergency/", visits.begin_emergency, name="begin_emergency"),
    path("visits/consent/", visits.consent, name="consent"),
    path("visits/<int:pk>/", visits.visit, name="visit"),
    path("visits/<int:pk>/edit/", visits.edit_visit, name="edit_visit"),
    path("visits/<int:pk>/submit/", visits.submit_visit, name="submit_visit"),
    path("visits/<int:pk>/start/", visits.start_visit, name="start_visit"),
    path("visits/<int:pk>/record/", visits.record_visit, name="record_visit"),
    path("visits/<int:pk>/review/", visits.review_visit, name="review_visit"),
    path("visits/<int:pk>/cancel/", visits.cancel_visit, name="cancel_visit"),
    path("visits/<int:pk>/report/", visits.report, name="visit_report"),
    path("visits/<int:pk>/report/pdf/", visits.report_pdf, name="visit_report_pdf"),
    path("visits/files/<int:pk>/", visits.file, name="visit_file"),
    path("visits/requests/<int:pk>/confirm/", visits.confirm, name="confirm"),
    path("visits/requests/<int:pk>/refuse/", visits.refuse, name="refuse"),
]
