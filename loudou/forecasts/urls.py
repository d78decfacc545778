from django.urls import path

from loudou.forecasts.views import behind, cycle

app_name = "forecasts"
urlpatterns = [
    path("forecasts/", cycle.sheet, name="sheet"),
    path("forecasts/submit/", cycle.submit, name="submit"),
    path("forecasts/changes/", cycle.changes, name="changes"),
    path("forecasts/errors/", cycle.errors, name="errors"),
    path("forecasts/deals/", cycle.judge, name="judge"),
    path("forecasts/behind/", behind.show, name="behind"),
    path("forecasts/chase/", cycle.chase, name="chase"),
    path("forecasts/lock/", cycle.lock, name="lock"),
    path("forecasts/accuracy/", cycle.accuracy, name="accuracy"),
    path("forecasts/accuracy/horizons/", cycle.horizons, name="horizons"),
    path("forecasts/files/sheet.<str:form>", cycle.sheet_file, name="sheet_file"),
    path("forecasts/files/accuracy.<str:form>", cycle.accuracy_file, name="accuracy_file"),
    path("forecasts/rules/", cycle.terms, name="terms"),
    path("forecasts/<int:pk>/", cycle.submission, name="submission"),
]
