from django.urls import path

from loudou.warnings import views

app_name = "warnings"
urlpatterns = [
    path("warnings/", views.warnings, name="list"),
    path("warnings/prevention/", views.prevention, name="prevention"),
    path("warnings/<int:pk>/", views.warning, name="warning"),
    path("warnings/<int:pk>/done/", views.done, name="done"),
    path("warnings/<int:pk>/snooze/", views.snooze, name="snooze"),
    path("warnings/<int:pk>/dispute/", views.dispute, name="dispute"),
    path("signoff/<int:pk>/warnings/confirm/", views.confirm, name="confirm"),
    path("signoff/<int:pk>/warnings/refuse/", views.refuse, name="refuse"),
]
