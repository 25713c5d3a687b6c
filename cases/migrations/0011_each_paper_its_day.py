from django.db import migrations, models

# What is missing now keeps the day that its request had.
KEEP_THE_DAY = """
UPDATE cases_paper p SET answer_by = d.due_on FROM cases_deadline d
WHERE d.case_id = p.case_id AND d.term = 'customer.answer' AND d.met_on IS NULL
AND p.supplied_at IS NULL AND p.withdrawn_at IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0010_paper_not_needed"),
    ]

    operations = [
        migrations.AddField(
            model_name="paper",
            name="answer_by",
            field=models.DateField(blank=True, null=True, verbose_name="wanted by"),
        ),
        migrations.RunSQL(KEEP_THE_DAY, migrations.RunSQL.noop),
    ]
