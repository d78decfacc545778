from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("broadcasts", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="subscription",
            name="form",
            field=models.CharField(
                choices=[("pdf", "PDF"), ("xlsx", "workbook"), ("link", "link alone")],
                default="xlsx",
                max_length=4,
                verbose_name="comes as",
            ),
        ),
    ]
