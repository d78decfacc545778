"""What Django's session middleware needs to turn a stored id back into a person. Signing in itself is a verb."""

from __future__ import annotations

from django.contrib.auth.backends import BaseBackend

from loudou.people.models import User
from loudou.people.sessions import reader


class AccountBackend(BaseBackend):
    """Loads the person of a session; one who may no longer sign in is nobody, at once."""

    def get_user(self, user_id: int) -> User | None:
        person = reader(user_id)
        if person is not None:
            return person if person.is_active else None
        return User.objects.active().select_related("unit").filter(pk=user_id).first()
