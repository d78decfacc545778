from django.urls import path

from loudou.targets.views import adjusting, decompose, negotiations, seasons, selling, sheet, targets, threads

app_name = "targets"
urlpatterns = [
    path("targets/add/", targets.add, name="add"),
    path("targets/decompose/", decompose.decompose, name="decompose"),
    path("targets/sheet/", sheet.sheet, name="sheet"),
    path("targets/sheet/data/", sheet.sheet_data, name="sheet_data"),
    path("targets/sheet/cells/", sheet.set_cells, name="set_cells"),
    path("targets/sheet/row/<slug:key>/", sheet.sheet_row, name="sheet_row"),
    path("targets/seasons/", seasons.seasons, name="seasons"),
    path("targets/seasons/learn/", seasons.learn_seasons, name="learn_seasons"),
    path("targets/selling-days/", selling.selling, name="selling"),
    path("targets/selling-days/set/", selling.set_selling_days, name="set_selling_days"),
    path(
        "targets/selling-days/<int:pk>/withdraw/", selling.withdraw_selling_days, name="withdraw_selling_days"
    ),
    path("targets/negotiations/", negotiations.negotiations, name="negotiations"),
    path("targets/negotiations/open/", negotiations.open_negotiation, name="open_negotiation"),
    path("targets/negotiations/<int:pk>/", negotiations.negotiation, name="negotiation"),
    path("targets/negotiations/<int:pk>/thread/", threads.thread, name="thread"),
    path("targets/negotiations/<int:pk>/say/", threads.say, name="say"),
    path("targets/negotiations/<int:pk>/propose/", negotiations.propose, name="propose"),
    path("targets/negotiations/<int:pk>/answer/", negotiations.answer, name="answer"),
    path("targets/negotiations/<int:pk>/waive/", negotiations.waive, name="waive"),
    path("targets/negotiations/<int:pk>/submit/", negotiations.submit, name="submit_target"),
    path("targets/negotiations/<int:pk>/drop/", negotiations.drop, name="drop_negotiation"),
    path("signoff/<int:pk>/targets/confirm/", negotiations.confirm, name="confirm"),
    path("signoff/<int:pk>/targets/refuse/", negotiations.refuse, name="refuse"),
    path("targets/<int:pk>/adjustment/", adjusting.adjustment, name="adjustment"),
    path("targets/<int:pk>/transfer/", adjusting.transfer, name="transfer"),
    path("targets/<int:pk>/", targets.target, name="target"),
    path("targets/<int:pk>/adjust/", targets.adjust, name="adjust"),
    path("targets/<int:pk>/describe/", targets.describe, name="describe"),
    path("targets/<int:pk>/withdraw/", targets.withdraw, name="withdraw"),
]
