from django.urls import path

from loudou.fieldwork.views import activities

app_name = "fieldwork"
urlpatterns = [
    path("activities/", activities.activities, name="list"),
    path("activities/log/", activities.log, name="log"),
    path("activities/<int:pk>/", activities.activity, name="activity"),
    path("activities/<int:pk>/edit/", activities.edit, name="edit"),
    path("activities/<int:pk>/annul/", activities.annul, name="annul"),
    path("deals/<int:pk>/activities/", activities.of_deal, name="of_deal"),
    path("customers/<int:pk>/activities/", activities.of_customer, name="of_customer"),
]
