from django.urls import path

from loudou.reviews.views import meetings, packs

app_name = "reviews"
urlpatterns = [
    path("reviews/", packs.packs, name="packs"),
    path("reviews/open/", packs.open_one, name="open"),
    path("reviews/<int:pk>/", packs.pack, name="pack"),
    path("reviews/<int:pk>/refresh/", packs.refresh, name="refresh"),
    path("reviews/<int:pk>/hand-in/", packs.hand_in, name="hand_in"),
    path("reviews/<int:pk>/pdf/", packs.pack_pdf, name="pack_pdf"),
    path("signoff/<int:pk>/reviews/confirm/", packs.confirm, name="confirm"),
    path("signoff/<int:pk>/reviews/refuse/", packs.refuse, name="refuse"),
    path("meetings/", meetings.meetings, name="meetings"),
    path("meetings/plan/", meetings.plan, name="plan_meeting"),
    path("meetings/<int:pk>/", meetings.meeting, name="meeting"),
    path("meetings/<int:pk>/refresh/", meetings.refresh, name="refresh_agenda"),
    path("meetings/<int:pk>/cancel/", meetings.cancel, name="cancel_meeting"),
    path("meetings/<int:pk>/pdf/", meetings.minutes_pdf, name="minutes_pdf"),
]
