from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tasks', '0002_monthly_work_has_its_day'),
    ]

    operations = [
        migrations.AddField(
            model_name='noticefile',
            name='is_current',
            field=models.BooleanField(default=True, editable=False, verbose_name='đang dùng'),
        ),
        migrations.AddField(
            model_name='noticefile',
            name='signer',
            field=models.CharField(blank=True, editable=False, max_length=200, verbose_name='người ký'),
        ),
        migrations.AddField(
            model_name='noticefile',
            name='signed_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='ký lúc'),
        ),
        migrations.AddField(
            model_name='noticefile',
            name='verification',
            field=models.JSONField(blank=True, editable=False, null=True, verbose_name='kết quả kiểm tra'),
        ),
        migrations.AddField(
            model_name='noticefile',
            name='check_code',
            field=models.CharField(blank=True, editable=False, max_length=20, verbose_name='mã tra cứu'),
        ),
        migrations.AddConstraint(
            model_name='noticefile',
            constraint=models.UniqueConstraint(condition=models.Q(('is_current', True)), fields=('notice', 'kind'), name='notice_file_current_once'),
        ),
        migrations.AddConstraint(
            model_name='noticefile',
            constraint=models.UniqueConstraint(condition=models.Q(('check_code', ''), _negated=True), fields=('check_code',), name='notice_file_check_code_unique'),
        ),
    ]
