from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("policies", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="certificate",
            name="attempts",
            field=models.PositiveSmallIntegerField(default=0, editable=False, verbose_name="attempts"),
        ),
    ]
