from django.urls import path

from loudou.ui.soon import soon

app_name = "pipeline"
urlpatterns = [
    path("board/", soon, name="board"),
    path("deals/", soon, name="list"),
    path("deals/open/", soon, name="open"),
    path("deals/suggest/", soon, name="suggest"),
    path("deals/<int:pk>/", soon, name="deal"),
    path("customers/<int:pk>/deals/", soon, name="for_customer"),
    path("signoff/<int:pk>/confirm/", soon, name="confirm"),
    path("signoff/<int:pk>/refuse/", soon, name="refuse"),
    path("funnels/", soon, name="funnels"),
    path("funnels/<int:pk>/", soon, name="funnel"),
    path("reasons/", soon, name="reasons"),
]
