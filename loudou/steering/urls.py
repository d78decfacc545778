from django.urls import path

from loudou.steering import views

app_name = "steering"
urlpatterns = [
    path("targets/backward/", views.backward, name="backward"),
    path("targets/pace/", views.pace, name="pace"),
    path("targets/ring/", views.ring, name="ring"),
]
