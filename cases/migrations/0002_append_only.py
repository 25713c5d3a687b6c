from django.db import migrations

# History is written once, whoever holds the pen: the portal, the admin, or somebody at the database's prompt.
FORWARD = """
CREATE FUNCTION cases_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: it is append-only', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER caseevent_keeps BEFORE UPDATE OR DELETE ON cases_caseevent
    FOR EACH ROW EXECUTE FUNCTION cases_refuse_change();
CREATE TRIGGER caseevent_stays BEFORE TRUNCATE ON cases_caseevent
    FOR EACH STATEMENT EXECUTE FUNCTION cases_refuse_change();
"""
BACKWARD = """
DROP TRIGGER caseevent_stays ON cases_caseevent;
DROP TRIGGER caseevent_keeps ON cases_caseevent;
DROP FUNCTION cases_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
