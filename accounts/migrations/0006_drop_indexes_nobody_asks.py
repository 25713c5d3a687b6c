from django.db import migrations

# Made by Django beside each unique text, for LIKE 'beginning%'. Nothing asks so; and with the collation that
# docs/deploy.md names, the unique index itself would serve. Each cost every new person a place in it.
FOR_BEGINNINGS = (
    ("accounts_person_key_99f2666c_like", "accounts_person", "key"),
    ("accounts_person_dni_1154dd3f_like", "accounts_person", "dni"),
)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_log_ins_and_change_of_email"),
    ]

    operations = [
        migrations.RunSQL(
            f"DROP INDEX IF EXISTS {index}",
            f"CREATE INDEX {index} ON {table} ({column} varchar_pattern_ops)",
        )
        for index, table, column in FOR_BEGINNINGS
    ]
