from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0007_find_by_mailbox"),
    ]

    operations = [
        migrations.AlterField(
            model_name="sentcopy",
            name="status",
            field=models.CharField(
                choices=[("asked", "Being prepared"), ("ready", "Ready"), ("failed", "Not made")],
                default="asked",
                max_length=10,
                verbose_name="status",
            ),
        ),
    ]
