from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0012_files_from_us_and_by_eye"),
    ]

    operations = [
        migrations.AddField(
            model_name="cannedtext",
            name="paper",
            field=models.JSONField(blank=True, default=dict, verbose_name="the paper"),
        ),
        migrations.AlterField(
            model_name="cannedtext",
            name="use",
            field=models.CharField(
                choices=[
                    ("message", "Message or answer"),
                    ("paper", "Paper that we ask for"),
                    ("refusal", "Explanation of a refusal"),
                ],
                default="message",
                max_length=10,
                verbose_name="used for",
            ),
        ),
    ]
