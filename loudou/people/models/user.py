"""People: who they are, which unit they belong to and when."""

from __future__ import annotations

from datetime import date, timedelta

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from loudou.people.models.unit import Unit


class Users(models.QuerySet["User"]):
    """Vocabulary of people."""

    def active(self) -> Users:
        """Those who may sign in."""
        return self.filter(is_active=True)

    def gone(self, today: date) -> Users:
        """Those who have left: their account is closed, or their last day is over (`has_left` in SQL)."""
        return self.filter(models.Q(is_active=False) | models.Q(left_on__lt=today))

    def below(self, unit: Unit) -> Users:
        """Members of the unit and of everything below it, today."""
        return self.filter(unit__path__startswith=unit.path)


class Accounts(BaseUserManager["User"]):
    """What Django's authentication asks of a user model; everything else goes through verbs."""

    def get_queryset(self) -> Users:
        return Users(self.model, using=self._db)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username__iexact=username or "")


class User(AbstractBaseUser):
    """A person who can act here. Never deleted: history names them."""

    class Theme(models.TextChoices):
        AUTO = "auto", _("as the device")
        LIGHT = "light", _("light")
        DARK = "dark", _("dark")

    class Mail(models.TextChoices):
        NEVER = "", _("not at all")
        SOON = "soon", _("at once, several in one mail")
        DAILY = "daily", _("once a day, in the morning")

    username = models.CharField(_("user name"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=60)
    name_key = models.CharField(max_length=200, editable=False)  # pinyin, for sorting and finding
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    roles = ArrayField(models.CharField(max_length=12), verbose_name=_("roles"), default=list)
    unit = models.ForeignKey(
        Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="members", verbose_name=_("unit")
    )
    manager = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="reports",
        verbose_name=_("manager"),
    )
    joined_on = models.DateField(_("joined on"), null=True, blank=True)
    left_on = models.DateField(_("left on"), null=True, blank=True)
    is_active = models.BooleanField(_("may sign in"), default=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    theme = models.CharField(_("appearance"), max_length=5, choices=Theme.choices, default=Theme.AUTO)
    landing = models.CharField(_("first page"), max_length=60, blank=True)
    full_amounts = models.BooleanField(_("amounts in full instead of 万/亿"), default=False)
    mail_notices = models.CharField(
        _("notifications by mail"), max_length=5, choices=Mail.choices, default=Mail.NEVER, blank=True
    )
    must_change_password = models.BooleanField(default=False)
    password_changed_at = models.DateTimeField(null=True)
    totp_secret = models.CharField(max_length=64, blank=True)
    totp_last_step = models.BigIntegerField(
        default=0
    )  # the last time step a code was taken for: no code twice
    recovery_codes = ArrayField(models.CharField(max_length=64), default=list)  # SHA-256 of each unused one
    version = models.PositiveIntegerField(default=1)

    objects = Accounts.from_queryset(Users)()

    USERNAME_FIELD = "username"

    class Meta:
        indexes = [
            models.Index(fields=["unit"], condition=models.Q(is_active=True), name="user_unit_active"),
            GinIndex(fields=["roles"], name="user_roles"),
        ]
        constraints = [
            models.UniqueConstraint(Lower("username"), name="username_any_case"),
            models.CheckConstraint(
                condition=models.Q(left_on=None)
                | models.Q(joined_on=None)
                | models.Q(left_on__gte=models.F("joined_on")),
                name="left_after_joined",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        """What fits an avatar: the last character of a Chinese name, else the first letter."""
        return (
            self.name[-1:] if any("\u4e00" <= letter <= "\u9fff" for letter in self.name) else self.name[:1]
        )

    @property
    def employed_until(self) -> date:
        """The first day somebody is no longer employed on."""
        return self.left_on + timedelta(days=1) if self.left_on else date.max

    def has_left(self, today: date) -> bool:
        """Whether they have left as things stand: the account is closed, or the last day is over."""
        return not self.is_active or self.employed_until <= today

    def has(self, *roles: str) -> bool:
        """Whether the person holds any of these roles."""
        return not set(roles).isdisjoint(self.roles)

    def check_password(self, raw_password: str | None) -> bool:
        """As Django, but a very long password is wrong without the work of hashing it (OV-09)."""
        return len(raw_password or "") <= 1024 and super().check_password(raw_password)


class Membership(models.Model):
    """Which unit a person belonged to from one day to another: `[since, until)`, open-ended while current."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="memberships")
    since = models.DateField()
    until = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=models.Q(until=None), name="one_unit_now"),
            models.CheckConstraint(
                condition=models.Q(until=None) | models.Q(until__gt=models.F("since")),
                name="membership_forward",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.unit_id} from {self.since}"


class FormerPassword(models.Model):
    """Hashes of earlier passwords, for the profile that forbids their return."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="former_passwords")
    password = models.CharField(max_length=128)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.user_id} until {self.changed_at:%Y-%m-%d}"
