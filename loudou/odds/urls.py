from django.urls import path

from loudou.odds import views

app_name = "odds"
urlpatterns = [
    path("analysis/win-probability/", views.lesson, name="lesson"),
    path("analysis/win-probability/deals/", views.judged, name="judged"),
    path("analysis/win-probability/<int:pk>/", views.ask_lesson, name="ask_lesson"),
    path("analysis/win-probability/<int:pk>/progress/", views.progress, name="progress"),
    path("analysis/win-probability/<int:pk>/stop/", views.stop_lesson, name="stop_lesson"),
    path("analysis/win-probability/<int:pk>/choose/", views.choose, name="choose"),
    path("forecasts/outlook/", views.outlook, name="outlook"),
    path("forecasts/outlook/target/", views.outlook_target, name="outlook_target"),
    path("forecasts/files/outlook.<str:form>", views.outlook_file, name="outlook_file"),
    path("deals/<int:pk>/odds/", views.of_deal, name="of_deal"),
]
