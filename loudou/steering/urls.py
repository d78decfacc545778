from django.urls import path

from loudou.steering import views

app_name = "steering"
urlpatterns = [
    path("targets/backward/", views.backward, name="backward"),
    path("targets/choices/<str:which>/", views.choices, name="choices"),
    path("targets/achieved/", views.achieved, name="achieved"),
    path("targets/pace/", views.pace, name="pace"),
    path("targets/ring/", views.ring, name="ring"),
    path("targets/following/", views.following, name="following"),
    path("targets/<int:pk>/follow/", views.follow, name="follow"),
    path("targets/<int:pk>/causes/", views.answer, name="answer"),
    path("targets/<int:pk>/measures/", views.take_measure, name="take_measure"),
    path("targets/<int:pk>/evaluate/", views.evaluate, name="evaluate"),
    path("measures/<int:pk>/", views.measure, name="measure"),
    path("measures/<int:pk>/close/", views.close_measure, name="close_measure"),
    path("targets/closings/", views.closings, name="closings"),
    path("targets/closings/close/", views.close_month, name="close_month"),
    path("targets/closings/<int:pk>/", views.closing, name="closing"),
    path("targets/closings/<int:pk>/reopen/", views.ask_reopening, name="ask_reopening"),
    path("targets/leaderboard/", views.ranking, name="ranking"),
    path("targets/leaderboard/switch/", views.show_leaderboard, name="show_leaderboard"),
    path("budgets/", views.budgets, name="budgets"),
    path("budgets/add/", views.add_budget, name="add_budget"),
    path("budgets/<int:pk>/", views.budget, name="budget"),
    path("budgets/<int:pk>/card/", views.card, name="card"),
    path("budgets/<int:pk>/plan/", views.describe_budget, name="describe_budget"),
    path("budgets/<int:pk>/lines/", views.set_line, name="set_line"),
    path("budgets/<int:pk>/costs/", views.spend, name="spend"),
]
