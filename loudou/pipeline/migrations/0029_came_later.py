"""Deals that a changed funnel took over did not jump over stages it had not had before (M02); sums kept are read anew."""

from importlib import import_module

from django.db import migrations

from loudou.pipeline.figures.courses import courses, stages_in_order
from loudou.pipeline.figures.history import unfold

_there = import_module("loudou.pipeline.migrations.0012_course")
AT_ONCE = 2000


def derive_anew(apps, schema_editor):
    """Write the courses of those deals anew; nothing that was kept of courses holds any more."""
    moves = apps.get_model("pipeline", "Move").objects.filter(kind="migrate", deal__legacy=False)
    rows = list(moves.order_by("deal").distinct("deal").values_list("deal", "deal__funnel", "deal__funnel_version"))
    versions = _there._versions(apps) if rows else {}
    orders = {funnel: _there._order([stages for _key, stages in some]) for funnel, some in versions.items()}
    published = dict(apps.get_model("pipeline", "FunnelVersion").objects.values_list("pk", "published_at"))
    course = apps.get_model("pipeline", "Course").objects
    for start in range(0, len(rows), AT_ONCE):
        some = rows[start : start + AT_ONCE]
        facts = _there._facts(apps, [key for key, *_rest in some])
        made = []
        for key, funnel, version in some:
            history = unfold(facts[key], orders[funnel])
            line = versions[funnel]
            line = line[[number for number, _stages in line].index(version) :]
            stages = stages_in_order(line[0][1], history, orders[funnel])
            later = {
                way.stage
                for way in courses(history, stages)
                if way.entered_at is None
                and way.reached_at < history.migrated[-1]
                and way.stage not in _on(line, history.migrated, published, way.reached_at)
            }
            made += _there._courses(apps, key, history, [stage for stage in stages if stage not in later])
        course.filter(deal__in=[key for key, *_rest in some]).delete()
        course.bulk_create(made, batch_size=AT_ONCE)
    schema_editor.execute("DELETE FROM pipeline_kept")


def _on(line, migrated, published, at):
    """The stages of the version a deal was on at an instant: `queries.funnels.version_at`."""
    since = sum(when >= at for when in migrated)
    before = line[min(since, len(line) - 1) :] if since else line
    return next((stages for key, stages in before if published[key] < at), before[0][1]) if since else line[0][1]


class Migration(migrations.Migration):
    dependencies = [("pipeline", "0028_unheard_covered")]

    operations = [migrations.RunPython(derive_anew, migrations.RunPython.noop)]
