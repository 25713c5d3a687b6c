import django.db.models.deletion
from django.db import migrations, models


# Made by Django beside each unique text, for LIKE 'beginning%'. Nothing asks so; and with the collation that
# docs/deploy.md names, the unique index itself would serve. Each cost every new row a place in it.
FOR_BEGINNINGS = (
    ("policies_policy_number_3679b78a_like", "policies_policy", "number"),
    ("policies_policy_reference_8a7a46cf_like", "policies_policy", "reference"),
    ("policies_insuredperson_key_a4b8e810_like", "policies_insuredperson", "key"),
    ("policies_insuredperson_reference_832a287c_like", "policies_insuredperson", "reference"),
    ("policies_insuredcover_key_d8fa4e5b_like", "policies_insuredcover", "key"),
    ("policies_premiumreceipt_number_a8fe0f94_like", "policies_premiumreceipt", "number"),
    ("policies_copayment_key_608fd0d4_like", "policies_copayment", "key"),
    ("policies_mandate_reference_ed3bca5d_like", "policies_mandate", "reference"),
    ("policies_card_number_57b266ff_like", "policies_card", "number"),
)


class Migration(migrations.Migration):
    """Indexes that only cost the nightly feed time: of these keys another index begins with the same column."""

    dependencies = [
        ("policies", "0002_printed_paper"),
    ]

    operations = [
        migrations.AlterField(
            model_name="copayment",
            name="insured",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="copayments",
                to="policies.insuredperson",
                verbose_name="insured person",
            ),
        ),
        migrations.AlterField(
            model_name="insuredcover",
            name="insured",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="covers",
                to="policies.insuredperson",
                verbose_name="insured person",
            ),
        ),
        migrations.AlterField(
            model_name="insuredperson",
            name="policy",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="insured",
                to="policies.policy",
                verbose_name="policy",
            ),
        ),
        migrations.AlterField(
            model_name="premiumreceipt",
            name="policy",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="receipts",
                to="policies.policy",
                verbose_name="policy",
            ),
        ),
        *(
            migrations.RunSQL(
                f"DROP INDEX IF EXISTS {index}",
                f"CREATE INDEX {index} ON {table} ({column} varchar_pattern_ops)",
            )
            for index, table, column in FOR_BEGINNINGS
        ),
    ]
