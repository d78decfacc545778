"""What every page knows about who looks at it."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

from django.contrib.messages import get_messages
from django.db import models
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template.backends.utils import csrf_input
from django.utils.functional import SimpleLazyObject

from loudou.journal.queries import unread
from loudou.journal.sentences import Say
from loudou.people.access import may
from loudou.people.models import User
from loudou.people.queries import organisation


def page(request: HttpRequest) -> dict[str, Any]:
    """The person, what they may do, and how they like things written."""
    user = request.user
    if not isinstance(user, User):
        return {"me": None, "may": _nothing, "get_messages": get_messages}
    company = organisation()
    return {
        "me": user,
        "may": partial(may, user),
        "say": Say(user, partial(may, user)),
        "organisation": company,
        "base_currency": company.base_currency,
        "full_amounts": user.full_amounts,
        "theme": user.theme,
        "unread": cache(lambda: unread(user)),  # a part of a page shows no bell
        "demo_progress": company.demo_progress,
        "get_messages": get_messages,
        # Masked once a page, not once a form.
        "csrf_token": SimpleLazyObject(lambda: get_token(request)),
        "csrf_input": SimpleLazyObject(lambda: csrf_input(request)),
    }


def _nothing(verb: str, row: models.Model | None = None) -> bool:
    return False
