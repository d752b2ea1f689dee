from django.apps import AppConfig


class TasksConfig(AppConfig):
    name = "tasks"
    verbose_name = "Thông báo, nhiệm vụ, kiến nghị"

    def ready(self) -> None:
        from tasks import rules  # noqa: F401  registers the permissions
