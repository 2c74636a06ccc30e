"""People who use the workspace. They sign in by e-mail."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower

from leadline.web.accounts.access import Role, Scope


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **more: Any) -> User:
        if "@" not in email:
            raise ValueError(f"a user needs an e-mail address, and `{email}` is none")
        user = self.model(email=email.strip().lower(), **more)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **more: Any) -> User:
        return self.create_user(email, password, **{"role": Role.ADMIN, **more})

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").strip().lower())


class Team(models.Model):
    """People who share leads, such as those of a region."""

    name = models.CharField(max_length=80, unique=True)

    def __str__(self) -> str:
        return self.name


class User(AbstractBaseUser):
    """Someone of the team."""

    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=120, blank=True)
    role = models.CharField(max_length=12, choices=[(r, r) for r in Role], default=Role.READER)
    scope = models.CharField(max_length=8, choices=[(s, s) for s in Scope], default=Scope.ALL)
    team = models.ForeignKey(Team, on_delete=models.SET_NULL, null=True, blank=True, related_name="people")
    may_export = models.BooleanField(default=False)
    may_bulk = models.BooleanField(default=False)
    time_zone = models.CharField(max_length=64, blank=True)  # empty: the installation's
    language = models.CharField(max_length=12, blank=True)  # empty: the browser's
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(auto_now_add=True)

    objects = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="email_in_lower_case"),
        )

    def __str__(self) -> str:
        return self.name or self.email
