from django.urls import path

from loudou.fieldwork import views

app_name = "fieldwork"
urlpatterns = [
    path("activities/", views.activities, name="list"),
    path("activities/log/", views.log, name="log"),
    path("activities/<int:pk>/", views.activity, name="activity"),
    path("activities/<int:pk>/edit/", views.edit, name="edit"),
    path("activities/<int:pk>/annul/", views.annul, name="annul"),
    path("deals/<int:pk>/activities/", views.of_deal, name="of_deal"),
    path("customers/<int:pk>/activities/", views.of_customer, name="of_customer"),
]
