from django.urls import path, re_path

from loudou.desk import views
from loudou.desk.pages import ROOMS

app_name = "desk"
urlpatterns = [
    path("", views.home, name="home"),
    path("search/", views.search, name="search"),
    path("create/", views.create, name="create"),
    path("notices/", views.notices, name="notices"),
    path("notices/read/", views.mark_read, name="mark_read"),
    path("notices/<int:pk>/", views.notice, name="notice"),
    path("keys/", views.keys, name="keys"),
    path("settings/", views.settings, name="settings"),
    path("more/", views.more, name="more"),
    path("audit/", views.audit, name="audit"),
    path("audit/open/", views.open_journal, name="open_journal"),
    path("audit/export/", views.export_journal, name="export_journal"),
    path("audit/verify/", views.verify_journal, name="verify_journal"),
    re_path(rf"^(?P<room>{'|'.join(ROOMS)})/$", views.room, name="room"),
    path("demo-progress/", views.demo_progress, name="demo_progress"),
]
