from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tasks", "0005_monthly_reports_known"),
    ]

    operations = [
        migrations.AlterField(
            model_name="extensionrequest",
            name="decision",
            field=models.CharField(
                choices=[
                    ("pending", "Chờ quyết định"),
                    ("granted", "Đồng ý"),
                    ("refused", "Không đồng ý"),
                    ("withdrawn", "Thôi xin"),
                ],
                default="pending",
                max_length=10,
                verbose_name="quyết định",
            ),
        ),
    ]
