from django.contrib.postgres.operations import BtreeGistExtension, TrigramExtension, UnaccentExtension
from django.db import migrations


class Migration(migrations.Migration):
    """What names and calendars need of PostgreSQL; all three are trusted extensions: no superuser needed."""

    initial = True

    operations = [
        UnaccentExtension(),
        TrigramExtension(),
        BtreeGistExtension(),
        migrations.RunSQL(
            # unaccent() is only STABLE (its dictionary may change); an index and a generated column need more.
            sql="""
            CREATE FUNCTION f_unaccent(text) RETURNS text
            LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
            RETURN public.unaccent('public.unaccent'::regdictionary, $1)
            """,
            reverse_sql="DROP FUNCTION f_unaccent(text)",
        ),
    ]
