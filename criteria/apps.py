from django.apps import AppConfig


class CriteriaConfig(AppConfig):
    name = "criteria"
    verbose_name = "Tiêu chí và đánh giá"

    def ready(self) -> None:
        from criteria import rules  # noqa: F401  registers the permissions
