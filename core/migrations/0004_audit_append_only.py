from django.db import migrations

# What was done and read is written once, whoever holds the pen. Who may switch triggers off leaves a trace in
# the chain of hashes all the same.
FORWARD = """
CREATE FUNCTION core_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: it is append-only', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER auditentry_keeps BEFORE UPDATE OR DELETE ON core_auditentry
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
CREATE TRIGGER auditentry_stays BEFORE TRUNCATE ON core_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();
"""
BACKWARD = """
DROP TRIGGER auditentry_stays ON core_auditentry;
DROP TRIGGER auditentry_keeps ON core_auditentry;
DROP FUNCTION core_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0003_audit_entry")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
