"""What Django's session middleware needs to turn a stored id back into a person. Signing in itself is a verb."""

from __future__ import annotations

from django.contrib.auth.backends import BaseBackend

from loudou.people.models import User


class AccountBackend(BaseBackend):
    """Loads the person of a session; one who may no longer sign in is nobody, at once."""

    def get_user(self, user_id: int) -> User | None:
        return User.objects.active().select_related("unit").filter(pk=user_id).first()
