"""What a unit took over with another name or authority says so itself: its versions count on from the old unit's."""

from django.db import migrations, models
from django.db.models import F


def say_what_was_taken_over(apps, schema_editor):
    changes = apps.get_model("criteria", "AssessmentChange").objects.exclude(from_status="")
    changes.filter(version=1, from_status=F("status")).update(is_taken_over=True)


class Migration(migrations.Migration):
    dependencies = [("criteria", "0009_one_index_less")]

    operations = [
        migrations.AddField(
            model_name="assessmentchange",
            name="is_taken_over",
            field=models.BooleanField(default=False, editable=False, verbose_name="tiếp nhận từ đơn vị cũ"),
        ),
        migrations.RunPython(say_what_was_taken_over, migrations.RunPython.noop),
    ]
