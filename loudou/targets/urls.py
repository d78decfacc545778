from django.urls import path

from loudou.targets.views import decompose, targets

app_name = "targets"
urlpatterns = [
    path("targets/add/", targets.add, name="add"),
    path("targets/decompose/", decompose.decompose, name="decompose"),
    path("targets/<int:pk>/", targets.target, name="target"),
    path("targets/<int:pk>/adjust/", targets.adjust, name="adjust"),
    path("targets/<int:pk>/withdraw/", targets.withdraw, name="withdraw"),
]
