"""The template environment: strict, escaped, translated, with the formats as filters."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jinja2
from django.conf import settings
from django.template.backends.jinja2 import Jinja2
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from jinja2 import StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from loudou.launch.paths import templates_folder
from loudou.ui import format as f
from loudou.ui.addresses import this_page
from loudou.ui.settling import Environment, Unindented


class Templates(Jinja2):
    """Django's backend, with an environment a language."""

    def __init__(self, params: dict[str, Any]) -> None:
        self._speaking: dict[str, Environment] = {}
        super().__init__(params)

    @property  # type: ignore[override] # a property, and of a kind of our own
    def env(self) -> Environment:
        """The environment that speaks the reader's language."""
        language = f.language()
        if language not in self._speaking:
            self._speaking[language] = self._any.speaking(language, kept_in())
        return self._speaking[language]

    @env.setter
    def env(self, made: Environment) -> None:
        self._any = made


@lru_cache(maxsize=1)
def kept_in() -> Path | None:
    """The folder of templates compiled by this very program; None where there can be none.

    Any file of the program may be in what they say, and so may its compiled translations.
    """
    files = [
        file
        for folder in (settings.PACKAGE, *settings.LOCALE_PATHS)
        for file in sorted(Path(folder).rglob("*"))
        if file.suffix != ".pyc" and file.is_file()
    ]
    told = "".join(f"{file} {(stat := file.stat()).st_size} {stat.st_mtime_ns}\n" for file in files)
    mark = hashlib.sha256(f"{told}{jinja2.__version__} {settings.DEBUG}".encode()).hexdigest()[:16]
    every = templates_folder(settings.ENVIRONMENT.data)
    try:
        every.mkdir(mode=0o700, parents=True, exist_ok=True)
        (every / mark).mkdir(mode=0o700, exist_ok=True)
        for other in every.iterdir():
            if other.name != mark:
                shutil.rmtree(other, ignore_errors=True)
        writable = every.stat()
    except OSError:
        return None
    # They are programs: kept only where nobody else can write.
    ours = writable.st_uid == os.geteuid() and not writable.st_mode & 0o022
    return every / mark if ours else None


def environment(**options: Any) -> Environment:
    """Django asks for this once a process."""
    options.setdefault("undefined", StrictUndefined)
    options["trim_blocks"] = options["lstrip_blocks"] = True
    options["extensions"] = ["jinja2.ext.i18n", "jinja2.ext.do", "jinja2.ext.loopcontrols", Unindented]
    options["cache_size"] = -1
    env = Environment(**options)
    env.install_gettext_callables(  # type: ignore[attr-defined]
        translation.gettext, counted, newstyle=True, pgettext=translation.pgettext
    )
    env.policies["json.dumps_kwargs"] = {"sort_keys": False, "ensure_ascii": False, "default": str}
    env.phrases = {"_": pattern, "gettext": pattern}
    env.fixed = _FIXED
    env.globals |= _FIXED | {
        "sprite": f"{settings.STATIC_URL}vendor/icons.svg",
        "avatar": avatar,
        "this_page": this_page,
        "languages": settings.LANGUAGES,
        "f": f,
    }
    env.filters |= _FILTERS
    return env


def phrase(text: str, /, **values: Any) -> Markup:
    """A sentence of a template in the reader's language, its values escaped. A page has hundreds."""
    told, alone = _phrase(translation.get_language(), text)
    return told % values if values else alone


def pattern(text: str) -> Markup:
    """A sentence of a template in the reader's language, with the places for its values."""
    return _phrase(translation.get_language(), text)[0]


@lru_cache(maxsize=16_384)
def _phrase(language: str | None, text: str) -> tuple[Markup, Markup]:
    """The sentence with places for values, and as it is without any."""
    told = Markup(translation.gettext(text))  # noqa: S704 - templates and translations are ours
    return told, told if "%(" in told else told % {}


def counted(one: str, many: str, n: int) -> str:
    """A sentence of a template about `n` things in the reader's language, the count in it with its thousands apart."""
    return translation.ngettext(one, many, n).replace("%(num)d", f.number(n))


@lru_cache(maxsize=1_024)
def icon(name: str, kind: str = "") -> Markup:
    """An icon of the sprite."""
    sprite = f"{settings.STATIC_URL}vendor/icons.svg"
    shape = '<svg class="icon {}" aria-hidden="true"><use href="{}#{}"></use></svg>'
    return Markup(shape).format(kind, sprite, name)  # noqa: S704 - a shape of ours, what it holds is escaped


def avatar(user: Any, kind: str = "") -> Markup:
    """A person as a round mark with their short name; a list has the same few again and again."""
    return _avatar(user.name, user.get_short_name(), kind)


@lru_cache(maxsize=1_024)
def _avatar(name: str, short: str, kind: str) -> Markup:
    shape = '<span class="avatar {}" title="{}" aria-hidden="true">{}</span>'
    return Markup(shape).format(kind, name, short)  # noqa: S704 - as above


def url(name: str, *args: Any, **query: Any) -> str:
    """The path of a named URL; keyword arguments become its query string, None ones are left out."""
    path = _path(name, args)
    if not query:
        return path
    wanted = {key.rstrip("_"): value for key, value in query.items() if value not in (None, "")}
    return f"{path}?{urlencode(wanted, doseq=True)}" if wanted else path


@lru_cache(maxsize=2_048)
def _path(name: str, args: tuple[Any, ...]) -> str:
    """A page names the same dozens of addresses each time, a list the same rows again and again."""
    return reverse(name, args=args)


@pass_context
def money(
    context: Context, amount: Any, currency: str = "", *, full: bool | None = None, cents: bool = False
) -> str:
    """An amount in the reader's preferred length; without a currency, in the organisation's."""
    if full is None:
        full = bool(context.get("full_amounts", False))
    return f.money(amount, currency or context.get("base_currency", "CNY"), full=full, cents=cents)


def json_attr(value: Any) -> Markup:
    """JSON safe inside a double-quoted attribute."""
    return escape(json.dumps(value, ensure_ascii=False, default=str))


# What says the same whenever it is asked with the same words: put in when a template is compiled.
_FIXED: dict[str, Callable[..., Any]] = {
    "_": phrase,
    "gettext": phrase,
    "url": url,
    "static": static,
    "icon": icon,
    "now_language": f.language,
}
_FILTERS = {
    "number": f.number,
    "percent": f.percent,
    "points": f.points,
    "money": money,
    "short": f.short,
    "day": f.day,
    "instant": f.instant,
    "ago": f.ago,
    "days": f.days,
    "period": f.period,
    "period_named": f.period_named,
    "in_words": f.in_words,
    "file_size": f.file_size,
    "phone": f.phone,
    "json_attr": json_attr,
}
