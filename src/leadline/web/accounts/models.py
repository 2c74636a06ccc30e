"""People who use the workspace, what lets them in, and what they did."""

from __future__ import annotations

from typing import Any, NoReturn

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

from leadline.web.accounts.access import Right, Role, Scope


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


class Granted(models.Model):
    """What is granted to a person: by their role, and beside it."""

    role = models.CharField(
        max_length=12, choices=[(r.value, r.value) for r in Role], default=Role.READER.value
    )
    scope = models.CharField(
        max_length=8, choices=[(s.value, s.value) for s in Scope], default=Scope.ALL.value
    )
    team = models.ForeignKey(Team, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    may_export = models.BooleanField(default=False)
    may_bulk = models.BooleanField(default=False)

    class Meta:
        abstract = True


class User(Granted, AbstractBaseUser):
    """Someone of the team."""

    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=120, blank=True)
    team = models.ForeignKey(Team, on_delete=models.SET_NULL, null=True, blank=True, related_name="people")
    time_zone = models.CharField(max_length=64, blank=True)  # empty: the installation's
    language = models.CharField(max_length=12, blank=True)  # empty: the browser's
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(auto_now_add=True)
    sign_ins_ended = models.PositiveIntegerField(default=0)  # raised by one, it ends every session

    # What an API key leaves of somebody's rights; None where no key narrows them. No column.
    narrowed_to: frozenset[Right] | None = None
    key_id: int | None = None

    objects = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="email_in_lower_case"),
        )

    def __str__(self) -> str:
        return self.name or self.email

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """A session holds while password, role, and `sign_ins_ended` are as they were at its beginning."""
        held = f"{self.password}|{self.role}|{self.sign_ins_ended}"
        return salted_hmac("leadline.sessions", held, secret, algorithm="sha256").hexdigest()


class Invitation(Granted):
    """A place kept for somebody: whoever opens its link in time joins with what it grants, once."""

    email = models.EmailField(max_length=254)
    by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    at = models.BigIntegerField()
    expires_at = models.BigIntegerField()
    nonce = models.CharField(max_length=43)  # a new one makes the old link worthless
    accepted_at = models.BigIntegerField(null=True)
    withdrawn_at = models.BigIntegerField(null=True)


class ApiKey(models.Model):
    """Lets a program act as a person, with some of that person's rights. The key itself is kept nowhere."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=80)
    begins = models.CharField(max_length=16)  # the first characters, to tell keys apart
    digest = models.CharField(max_length=64, unique=True)  # SHA-256 of 32 random bytes needs no salt
    rights = models.JSONField()
    networks = models.JSONField(default=list)  # empty: from anywhere
    created_at = models.BigIntegerField()
    expires_at = models.BigIntegerField()
    last_used_at = models.BigIntegerField(null=True)
    revoked_at = models.BigIntegerField(null=True)


class NeverChangedError(Exception):
    """The audit log is only ever written on."""


class _OnlyWrittenOn(models.QuerySet["AuditEntry"]):
    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise NeverChangedError("an entry of the audit log is never changed or deleted")

    update = delete = bulk_update = update_or_create = _refuse


class AuditEntry(models.Model):
    """Who did what when. Triggers of the database refuse to change or delete a row."""

    at = models.BigIntegerField(db_index=True)
    by = models.BigIntegerField(null=True, db_index=True)  # a user's id; None: the server's own commands
    key = models.BigIntegerField(null=True)  # the API key through which it was done
    verb = models.CharField(max_length=60, db_index=True)
    about = models.CharField(max_length=200, blank=True)
    detail = models.JSONField(default=dict)

    objects = _OnlyWrittenOn.as_manager()

    def save(self, *args: Any, **named: Any) -> None:
        if not self._state.adding:
            raise NeverChangedError("an entry of the audit log is never changed")
        super().save(*args, **{**named, "force_insert": True})

    def delete(self, *args: Any, **named: Any) -> NoReturn:
        raise NeverChangedError("an entry of the audit log is never deleted")


class Kept(models.Model):
    """Django's cache as a table, with the columns that it wants.

    What counts attempts and remembers used codes holds for all servers, and after a restart.
    """

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "accounts_kept"
