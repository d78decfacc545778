from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("pipeline", "0001_initial")]
    operations = [migrations.RunSQL("CREATE SEQUENCE pipeline_deal_number", "DROP SEQUENCE pipeline_deal_number")]
