"""What a unit took over with another name or authority says from which status it goes on: it is no first entry."""

from django.db import migrations
from django.db.models import F


def name_status_before(apps, schema_editor):
    changes = apps.get_model("criteria", "AssessmentChange").objects.filter(version=1, from_status="")
    kept = changes.filter(assessment__commune__unit_change__kind__in=["rename", "move"])
    # An assumption was carried over as one; everything else says that it was carried.
    taken_over = kept.filter(source__in=["carried", "assumption"])
    changes.filter(pk__in=taken_over.values("pk")).update(from_status=F("status"), from_value=F("value"))


class Migration(migrations.Migration):
    dependencies = [
        ("criteria", "0007_undone_changes"),
        ("communes", "0003_messages"),
    ]

    operations = [migrations.RunPython(name_status_before, migrations.RunPython.noop)]
