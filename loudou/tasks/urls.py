from django.urls import path

from loudou.tasks.views import acts, lists, panels

app_name = "tasks"
urlpatterns = [
    path("tasks/", lists.mine, name="mine"),
    path("tasks/all/", lists.tasks, name="list"),
    path("tasks/stages/", lists.stages, name="stages"),
    path("tasks/team/", lists.team, name="team"),
    path("tasks/today/", panels.today, name="today"),
    path("tasks/quick/", acts.quick, name="quick"),
    path("tasks/set/", acts.set_task, name="set_task"),
    path("tasks/bulk/", acts.bulk, name="bulk"),
    path("tasks/<int:pk>/", lists.task, name="task"),
    path("tasks/<int:pk>/edit/", acts.edit_task, name="edit_task"),
    path("tasks/<int:pk>/hand-over/", acts.hand_over_task, name="hand_over_task"),
    path("tasks/<int:pk>/finish/", acts.finish_task, name="finish_task"),
    path("tasks/<int:pk>/reopen/", acts.reopen_task, name="reopen_task"),
    path("tasks/<int:pk>/drop/", acts.drop_task, name="drop_task"),
    path("deals/<int:pk>/tasks/", panels.of_deal, name="of_deal"),
    path("customers/<int:pk>/tasks/", panels.of_customer, name="of_customer"),
]
