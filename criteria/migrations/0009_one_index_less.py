"""The changes of a finding lose the index that the two wider ones on the same column cover."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("criteria", "0008_findings_taken_over")]

    operations = [
        migrations.AlterField(
            model_name="assessmentchange",
            name="assessment",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="changes",
                to="criteria.assessment",
                verbose_name="đánh giá",
            ),
        ),
    ]
