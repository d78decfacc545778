from django.urls import path

from loudou.targets.views import decompose, seasons, targets

app_name = "targets"
urlpatterns = [
    path("targets/add/", targets.add, name="add"),
    path("targets/decompose/", decompose.decompose, name="decompose"),
    path("targets/seasons/", seasons.seasons, name="seasons"),
    path("targets/seasons/learn/", seasons.learn_seasons, name="learn_seasons"),
    path("targets/<int:pk>/", targets.target, name="target"),
    path("targets/<int:pk>/adjust/", targets.adjust, name="adjust"),
    path("targets/<int:pk>/withdraw/", targets.withdraw, name="withdraw"),
]
