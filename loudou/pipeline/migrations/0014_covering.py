"""Indexes that hold all a figure reads: forecast sheet, promotion table, bottlenecks, leaks, stocks of the past."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0004_term'),
        ('people', '0003_saved_view'),
        ('pipeline', '0013_course_then'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='course',
            index=models.Index(condition=models.Q(('is_here', True), ('since__isnull', False), ('void_at', None)), fields=['deal'], include=('stage', 'spent', 'since'), name='course_here'),
        ),
        migrations.AddIndex(
            model_name='deal',
            index=models.Index(condition=models.Q(('outcome__in', ('open', 'on_hold'))), fields=['spec', 'expected_on'], include=('outcome', 'base_amount', 'probability', 'unit', 'owner', 'funnel'), name='deal_sheet'),
        ),
        migrations.AddIndex(
            model_name='deal',
            index=models.Index(fields=['unit', 'owner', '-id'], include=('closed_at', 'outcome', 'funnel'), name='deal_table'),
        ),
        migrations.AddIndex(
            model_name='deal',
            index=models.Index(condition=models.Q(('outcome', 'open'), models.Q(('next_on', None), ('next_step', ''), _connector='OR')), fields=['id'], name='deal_idle'),
        ),
        migrations.AddIndex(
            model_name='move',
            index=models.Index(condition=models.Q(('kind__in', ('cancelled', 'lost'))), fields=['deal', 'at', 'kind', '-id'], include=('reason_code',), name='move_lost'),
        ),
        migrations.AddIndex(
            model_name='state',
            index=models.Index(condition=models.Q(('outcome__in', ('open', 'on_hold')), ('probability__isnull', False)), fields=['until'], include=('since', 'stage', 'unit', 'owner', 'base_amount', 'probability', 'void_at'), name='state_own_rate'),
        ),
        migrations.AddIndex(
            model_name='visit',
            index=models.Index(condition=models.Q(('left_by', 'won')), fields=['left_at'], include=('left_unit', 'left_owner', 'left_amount', 'stage', 'deal', 'void_at', 'reopened_at'), name='visit_won'),
        ),
    ]
