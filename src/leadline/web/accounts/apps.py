from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "leadline.web.accounts"
    label = "accounts"

    def ready(self) -> None:
        from leadline.web.accounts import checks  # noqa: F401  (registers itself)
