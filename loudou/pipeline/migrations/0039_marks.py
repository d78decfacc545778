"""Whose a deal is stands in the index it is found by."""

from django.db import migrations

from loudou.ui.search import marks_of, search_index


class Migration(migrations.Migration):
    dependencies = [("pipeline", "0038_stayed")]

    operations = [
        migrations.RemoveIndex(model_name="deal", name="deal_search"),
        migrations.AddIndex(model_name="deal", index=search_index("deal_search", marks_of("owner", "unit"))),
        migrations.RunSQL("ANALYZE pipeline_deal", migrations.RunSQL.noop),
    ]
