"""A deal's way through each stage, kept beside its visits; what is there already is derived from the moves."""

from collections import defaultdict

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from loudou.pipeline.figures.courses import courses, stages_in_order
from loudou.pipeline.figures.history import Fact, unfold


AT_ONCE = 2000
FACTS = ("kind", "at", "known_at", "stage_id", "amount", "currency", "base_amount", "expected_on", "owner_id", "unit_id")
COLUMNS = (
    "reached_at", "amount", "entered_at", "next_at", "passed_at", "backed_at", "lost_at", "is_here", "spent", "since",
    "is_odd", "void_at",
)


def what_is_there(apps, schema_editor):
    """Derive the courses of the deals there are."""
    deals = apps.get_model("pipeline", "Deal").objects.filter(legacy=False).order_by("pk")
    versions = _versions(apps)
    orders = {funnel: _order([stages for _key, stages in some]) for funnel, some in versions.items()}
    stages_of = {key: stages for some in versions.values() for key, stages in some}
    last = 0
    while rows := list(deals.filter(pk__gt=last).values_list("pk", "funnel_id", "funnel_version_id")[:AT_ONCE]):
        last = rows[-1][0]
        facts = _facts(apps, [key for key, *_rest in rows])
        made = []
        for key, funnel, version in rows:
            history = unfold(facts[key], orders[funnel])
            made += _courses(apps, key, history, stages_in_order(stages_of[version], history, orders[funnel]))
        apps.get_model("pipeline", "Course").objects.bulk_create(made, batch_size=AT_ONCE)


def _courses(apps, deal, history, stages):
    for course in courses(history, stages):
        columns = {name: getattr(course, name) for name in COLUMNS}
        yield apps.get_model("pipeline", "Course")(
            deal_id=deal, stage_id=course.stage, owner_id=course.owner, unit_id=course.unit, **columns
        )


def _facts(apps, deals):
    found = defaultdict(list)
    rows = apps.get_model("pipeline", "Move").objects.filter(deal__in=deals).order_by("deal_id", "at", "id")
    for deal, *values in rows.values_list("deal_id", *FACTS):
        found[deal].append(Fact(**{name.removesuffix("_id"): value for name, value in zip(FACTS, values)}))
    return found


def _versions(apps):
    """Funnel → its published versions, newest first, each with its stages in order."""
    found = defaultdict(list)
    versions = apps.get_model("pipeline", "FunnelVersion").objects.exclude(published_at=None).order_by("-number")
    for key, funnel in versions.values_list("pk", "funnel_id"):
        specs = apps.get_model("pipeline", "StageSpec").objects.filter(version_id=key).order_by("position")
        found[funnel].append((key, list(specs.values_list("stage_id", flat=True))))
    return found


def _order(versions):
    """The place of every stage: the newest version, older stages woven in."""
    line = []
    for stages in versions:
        before = None
        for stage in stages:
            if stage not in line:
                line.insert(line.index(before) + 1 if before in line else 0, stage)
            before = stage
    return {stage: place for place, stage in enumerate(line)}


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0003_saved_view'),
        ('pipeline', '0011_reached_and_reason'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Course',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reached_at', models.DateTimeField()),
                ('amount', models.DecimalField(decimal_places=2, max_digits=18)),
                ('entered_at', models.DateTimeField(null=True)),
                ('next_at', models.DateTimeField(null=True)),
                ('passed_at', models.DateTimeField(null=True)),
                ('backed_at', models.DateTimeField(null=True)),
                ('lost_at', models.DateTimeField(null=True)),
                ('is_here', models.BooleanField(default=False)),
                ('spent', models.BigIntegerField(default=0)),
                ('since', models.DateTimeField(null=True)),
                ('is_odd', models.BooleanField(default=False)),
                ('void_at', models.DateTimeField(null=True)),
                ('deal', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='courses', to='pipeline.deal')),
                ('owner', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('stage', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='pipeline.stage')),
                ('unit', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.unit')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('void_at', None)), fields=['stage', 'reached_at'], include=('unit', 'owner', 'amount', 'entered_at', 'passed_at', 'backed_at', 'lost_at'), name='course_reached'), models.Index(condition=models.Q(('void_at', None), models.Q(('entered_at', None), _negated=True)), fields=['stage', 'entered_at'], include=('unit', 'owner', 'spent', 'is_here', 'since', 'passed_at', 'next_at'), name='course_entered'), models.Index(fields=['unit', 'stage', 'reached_at'], name='course_unit'), models.Index(fields=['owner', 'stage', 'reached_at'], name='course_owner')],
                'constraints': [models.UniqueConstraint(fields=('deal', 'stage'), name='one_course_a_stage')],
            },
        ),
        migrations.RunPython(what_is_there, migrations.RunPython.noop),
    ]
