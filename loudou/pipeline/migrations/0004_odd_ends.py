from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('pipeline', '0003_tally'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='state',
            index=models.Index(condition=models.Q(('void_at', None), _negated=True), fields=['void_at'], name='state_void'),
        ),
        migrations.AddIndex(
            model_name='visit',
            index=models.Index(condition=models.Q(('left_by', 'invalid'), models.Q(('reopened_at', None), _negated=True)), fields=['reopened_at'], name='visit_revived'),
        ),
    ]
