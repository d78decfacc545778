from django.urls import path

from loudou.daylog.views import boards, checks, desk, items, logs, support

app_name = "daylog"
urlpatterns = [
    path("field/log/", logs.write, name="write"),
    path("field/log/today/", logs.today, name="today"),
    path("field/logs/", logs.logs, name="logs"),
    path("field/logs/<int:pk>/", logs.log, name="log"),
    path("field/logs/<int:pk>/annul/", logs.annul, name="annul"),
    path("field/logs/<int:pk>/paper/", logs.paper, name="paper"),
    path("field/logs/<int:pk>/check/", logs.check, name="check"),
    path("field/logs/<int:pk>/ask/<int:line>/<slug:field>/", logs.ask, name="ask"),
    path("field/logs/requests/<int:pk>/confirm/", logs.confirm, name="confirm"),
    path("field/logs/requests/<int:pk>/refuse/", logs.refuse, name="refuse"),
    path("field/queries/<int:pk>/", logs.query, name="query"),
    path("field/queries/<int:pk>/explain/", logs.explain, name="explain"),
    path("field/queries/<int:pk>/judge/", logs.judge, name="judge"),
    path("field/items/", items.items, name="items"),
    path("field/items/<int:pk>/close/", items.close_item, name="close_item"),
    path("field/items/<int:pk>/carry/", items.carry_item, name="carry_item"),
    path("field/desk/", desk.desk, name="desk"),
    path("field/desk/<int:pk>/check-in/", desk.check_in, name="check_in"),
    path("field/desk/<int:pk>/", desk.hear, name="hear"),
    path("field/board/", boards.board, name="board"),
    path("field/board/file/<slug:form>/", boards.board_file, name="board_file"),
    path("field/approvals/", boards.approvals, name="approvals"),
    path("field/approvals/file/<slug:form>/", boards.approvals_file, name="approvals_file"),
    path("field/checks/", checks.spot_checks, name="spot_checks"),
    path("field/checks/draw/", checks.draw, name="draw"),
    path("field/checks/<int:pk>/", checks.spot_check, name="spot_check"),
    path("field/support/", support.support, name="support"),
    path("field/support/<int:pk>/", support.support_request, name="support_request"),
    path("field/absences/", support.absences, name="absences"),
    path("field/absences/<int:pk>/cancel/", support.cancel_absence, name="cancel_absence"),
]
