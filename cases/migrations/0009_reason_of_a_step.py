from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0008_printed_paper"),
    ]

    operations = [
        migrations.AddField(
            model_name="caseevent",
            name="reason_code",
            field=models.CharField(blank=True, max_length=40, verbose_name="reason"),
        ),
    ]
