from django.urls import path

from loudou.targets import views

app_name = "targets"
urlpatterns = [
    path("targets/add/", views.add, name="add"),
    path("targets/decompose/", views.decompose, name="decompose"),
    path("targets/<int:pk>/", views.target, name="target"),
    path("targets/<int:pk>/adjust/", views.adjust, name="adjust"),
    path("targets/<int:pk>/withdraw/", views.withdraw, name="withdraw"),
]
