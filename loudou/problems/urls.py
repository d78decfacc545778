from django.urls import path

from loudou.problems.views import board, problems, rules

app_name = "problems"
urlpatterns = [
    path("problems/", problems.problems, name="list"),
    path("problems/register/", problems.register, name="register"),
    path("problems/board/", board.board, name="board"),
    path("problems/board/file/<slug:form>/", board.board_file, name="board_file"),
    path("problems/file/<slug:form>/", problems.register_file, name="file"),
    path("problems/<int:pk>/", problems.problem, name="problem"),
    path("problems/<int:pk>/<slug:step>/", problems.act, name="act"),
    path("deals/<int:pk>/problems/", problems.of_deal, name="of_deal"),
    path("customers/<int:pk>/problems/", problems.of_customer, name="of_customer"),
    path("rules/", rules.rules, name="rules"),
    path("rules/write/<int:cause>/", rules.write, name="write_rule"),
    path("rules/<int:pk>/", rules.rule, name="rule"),
    path("rules/<int:pk>/review/", rules.review, name="review_rule"),
    path("rules/<int:pk>/retire/", rules.retire, name="retire_rule"),
    path("rules/<int:pk>/pdf/", rules.rule_pdf, name="rule_pdf"),
]
