import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
        ('core', '0002_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('seq', models.BigIntegerField(primary_key=True, serialize=False, verbose_name='number')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('role', models.CharField(max_length=200, verbose_name='role')),
                ('verb', models.SlugField(db_index=False, max_length=60, verbose_name='verb')),
                ('what', models.CharField(blank=True, max_length=200, verbose_name='what')),
                ('reason', models.SlugField(blank=True, db_index=False, max_length=40, verbose_name='reason')),
                ('words', models.CharField(blank=True, max_length=300, verbose_name='in words')),
                ('address', models.CharField(blank=True, max_length=45, verbose_name='network address')),
                ('previous', models.CharField(max_length=64, verbose_name='hash before')),
                ('digest', models.CharField(max_length=64, verbose_name='hash')),
                ('actor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('subject', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'audit entry',
                'verbose_name_plural': 'audit entries',
                'ordering': ['-seq'],
                'indexes': [models.Index(condition=models.Q(('subject', None), _negated=True), fields=['subject', '-seq'], name='audit_of_subject')],
                'constraints': [models.CheckConstraint(condition=models.Q(('seq__gte', 1)), name='audit_counts_from_one'), models.UniqueConstraint(fields=('previous',), name='audit_one_follows_another')],
            },
        ),
    ]
