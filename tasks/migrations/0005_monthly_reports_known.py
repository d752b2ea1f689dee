from django.db import migrations


def mark_monthly_reports(apps, schema_editor):
    """Until now the only monthly work of communes was the report of the 15th."""
    Task = apps.get_model("tasks", "Task")
    Task.objects.filter(recurrence="monthly", recurrence_day=15, lead_commune__isnull=False).update(is_monthly_report=True)


class Migration(migrations.Migration):

    dependencies = [
        ('tasks', '0004_tasks_followed'),
    ]

    operations = [
        migrations.RunPython(mark_monthly_reports, migrations.RunPython.noop, elidable=True),
    ]
