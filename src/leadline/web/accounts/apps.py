from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "leadline.web.accounts"
    label = "accounts"
