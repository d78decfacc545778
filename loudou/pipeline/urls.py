from django.urls import path

from loudou.ui.soon import soon

app_name = "pipeline"
urlpatterns = [
    path("deals/", soon, name="list"),
    path("board/", soon, name="board"),
    path("deals/open/", soon, name="open"),
    path("deals/suggest/", soon, name="suggest"),
    path("deals/<int", soon, name="pk>/:deal"),
    path("signoff/<int", soon, name="pk>/confirm/:confirm"),
    path("signoff/<int", soon, name="pk>/refuse/:refuse"),
    path("funnels/", soon, name="funnels"),
    path("funnels/<int", soon, name="pk>/:funnel"),
    path("reasons/", soon, name="reasons"),
]
