from django.urls import path

from loudou.forecasts import views

app_name = "forecasts"
urlpatterns = [
    path("forecasts/", views.sheet, name="sheet"),
    path("forecasts/submit/", views.submit, name="submit"),
    path("forecasts/changes/", views.changes, name="changes"),
    path("forecasts/errors/", views.errors, name="errors"),
    path("forecasts/deals/", views.judge, name="judge"),
    path("forecasts/chase/", views.chase, name="chase"),
    path("forecasts/lock/", views.lock, name="lock"),
    path("forecasts/accuracy/", views.accuracy, name="accuracy"),
    path("forecasts/accuracy/horizons/", views.horizons, name="horizons"),
    path("forecasts/files/sheet.<str:form>", views.sheet_file, name="sheet_file"),
    path("forecasts/files/accuracy.<str:form>", views.accuracy_file, name="accuracy_file"),
    path("forecasts/rules/", views.terms, name="terms"),
    path("forecasts/<int:pk>/", views.submission, name="submission"),
]
