from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("exchange", "0001_initial")]
    operations = [
        migrations.RunSQL("ALTER TABLE exchange_allowance SET UNLOGGED", "ALTER TABLE exchange_allowance SET LOGGED")
    ]
