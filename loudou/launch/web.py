"""The web processes: one that reads the program in, and, forked from it, those that serve.

What was read before the fork is in memory once, however many serve; a process that is started again is ready at once.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
from contextlib import suppress
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.mp import MPServer

from loudou import environment
from loudou.kernel import memory
from loudou.launch.parents import be_web, end_with_parent

STOP_SECONDS = 12
_PAUSE = 5.0  # seconds between two times that a process looks for memory that it can give back
_COLLECT = (2_000, 10, 10)  # a page makes tens of thousands of objects and leaves hardly a cycle behind
_MOST = 150  # megabytes of a process: one that holds more when it is looked at gives way to one forked anew
_ROOM = 30  # megabytes that pages may take in any case, however much the program itself holds on this machine
_LOOK_SECONDS = 120  # between two looks; what was read for the API alone is then read anew, for a second
_ANSWER_SECONDS = 60  # what a process that gives way may take for its last answers: a file to a slow reader


def serve(workers: int | None, *, waiting: bool) -> None:
    """Serve until SIGTERM. When `waiting`, the program is read in meanwhile, and a line on stdin gives the word to go."""
    end_with_parent()
    env = environment.read()
    _read_program()
    if waiting and not sys.stdin.readline():
        return
    be_web(env.data)
    _read_pages()
    memory.be_sparing()
    _give_back_now_and_then()
    gc.collect()
    memory.give_back()  # what reading the program needed for a moment
    gc.freeze()  # what is there now stays: no collection shall touch it, and copy it, in every process
    gc.set_threshold(*_COLLECT)
    os.register_at_fork(after_in_child=end_with_parent)
    _Serving(
        "loudou.wsgi:application",
        address=env.host,
        port=env.port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        workers=workers or min(4, os.cpu_count() or 1),
        blocking_threads=4,
        # A thread that ends takes its connection with it, and all that it has prepared there.
        blocking_threads_idle_timeout=600,
        backlog=1024,
        # A client gets 15 s to say what it wants, and its headers 64 KB.
        http1_settings=HTTP1Settings(header_read_timeout=15_000, max_buffer_size=64 * 1024),
        log_enabled=env.access_log,
        log_access=env.access_log,
        respawn_failed_workers=True,
        workers_max_rss=max(_MOST, memory.held() + _ROOM),
        rss_sample_interval=_LOOK_SECONDS,
        workers_kill_timeout=_ANSWER_SECONDS,
    ).serve(target_loader=_begin)


class _Serving(MPServer):
    """Granian's family of processes, in which one that gives way may take its time, but all end soon when told to stop."""

    def signal_handler_interrupt(self, *args: Any, **kwargs: Any) -> None:
        """The word to stop."""
        self.workers_kill_timeout = STOP_SECONDS
        super().signal_handler_interrupt(*args, **kwargs)  # type: ignore[no-untyped-call] # of granian


def _begin(_target: str) -> Any:
    """The application, in a process that is about to serve."""
    from loudou.wsgi import application

    _read_funnels()
    return application


def _read_funnels() -> None:
    """What a process remembers of the database: whoever looks first shall not wait for it, and the fork has no connection."""
    from django.db import Error, connection

    from loudou.pipeline.queries import funnels

    with suppress(Error):  # of a database that is away it is asked by whoever looks first once it is back
        funnels.know()
    connection.close()  # those who serve are threads, each with its own


def _read_program() -> None:
    """Everything that needs neither the database nor what a start makes."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loudou.settings")
    import django

    django.setup()
    _know_threads_alone()
    from django.urls import get_resolver

    assert get_resolver().url_patterns


def _know_threads_alone() -> None:
    """Keep the language and the time zone of a request where its thread finds them at once.

    Django keeps both where coroutines find them too. None serves pages here, and a page asks hundreds of times.
    """
    from django.utils import timezone
    from django.utils.translation import trans_real

    trans_real._active = threading.local()  # type: ignore[attr-defined]
    timezone._active = threading.local()  # type: ignore[attr-defined]


def _read_pages() -> None:
    """The application, its templates and its translations."""
    from django.conf import settings
    from django.utils import translation

    import loudou.wsgi
    from loudou.launch import templates
    from loudou.launch.prepare import forget_translations

    assert loudou.wsgi.application
    # Django looks sentences up while models are read, which at the first start is before they were compiled.
    forget_translations()
    templates.read()
    _know_addresses()
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            translation.gettext("")


def _know_addresses() -> None:
    """Where the pages of each room are, made out once and not by each process while its first reader waits."""
    from django.urls import get_resolver

    from loudou.urls import Room

    rooms = (found for _prefix, found in get_resolver().namespace_dict.values())
    for found in rooms:
        if isinstance(found, Room):
            _ = found.reverse_dict  # is made out and remembered when it is first looked at


def _give_back_now_and_then() -> None:
    """After answers, but seldom: half a millisecond each time, for what several large pages at once left free."""
    from django.core.signals import request_finished

    request_finished.connect(_give_back, weak=False)


_gave = [0.0]  # when this process last did, of its own clock


def _give_back(**_sent: Any) -> None:
    now = time.monotonic()
    if now - _gave[0] >= _PAUSE:
        _gave[0] = now
        memory.give_back()
