from django.urls import path

from loudou.forecasts.views import behind, board, coverage, judging, kept, rules, sheet

app_name = "forecasts"
urlpatterns = [
    path("forecasts/", sheet.sheet, name="sheet"),
    path("forecasts/submit/", sheet.submit, name="submit"),
    path("forecasts/changes/", sheet.changes, name="changes"),
    path("forecasts/errors/", sheet.errors, name="errors"),
    path("forecasts/deals/", judging.judge, name="judge"),
    path("forecasts/behind/", behind.show, name="behind"),
    path("forecasts/coverage/", coverage.show, name="coverage"),
    path("forecasts/coverage/each/", coverage.cells, name="covers"),
    path("forecasts/chase/", sheet.chase, name="chase"),
    path("forecasts/lock/", sheet.lock, name="lock"),
    path("forecasts/accuracy/", board.accuracy, name="accuracy"),
    path("forecasts/accuracy/horizons/", board.horizons, name="horizons"),
    path("forecasts/files/sheet.<str:form>", sheet.sheet_file, name="sheet_file"),
    path("forecasts/files/accuracy.<str:form>", board.accuracy_file, name="accuracy_file"),
    path("forecasts/rules/", rules.terms, name="terms"),
    path("forecasts/<int:pk>/", kept.submission, name="submission"),
]
