from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_find_by_phone"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="factor_offered_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="passkey offered"),
        ),
    ]
