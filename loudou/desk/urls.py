from django.urls import path

from loudou.ui.soon import soon

app_name = "desk"
urlpatterns = [
    path("", soon, name="home"),
    path("search/", soon, name="search"),
    path("create/", soon, name="create"),
    path("notices/", soon, name="notices"),
    path("keys/", soon, name="keys"),
    path("settings/", soon, name="settings"),
    path("more/", soon, name="more"),
    path("audit/", soon, name="audit"),
    path("demo-progress/", soon, name="demo_progress"),
]
