"""What all tests share: a copy of the template database a worker, quick hashes, the cast."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

# Whether a case is true is asked, not how fast it is on a machine that does other things besides.
settings.register_profile("loudou", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("loudou")


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """One copy of the template for this worker."""
    from tests import template

    name = f"loudou_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}"
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        template.copy(name)
        template.point_at(name)
    yield
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        template.drop(name)


@contextlib.contextmanager
def _database_of_its_own(of: str) -> Iterator[str]:
    from django.conf import settings

    from tests import template

    before = settings.DATABASES["default"]["NAME"]
    name = f"loudou_own_{os.getpid()}"
    template.copy(name, of=of)
    template.point_at(name)
    try:
        yield name
    finally:
        template.point_at(before)
        with contextlib.suppress(Exception):
            template.drop(name)


@pytest.fixture
def own_database(django_db_blocker: pytest.FixtureRequest) -> Iterator[str]:
    """A database for this test alone, for what commits, races or is served; its name."""
    from tests import template

    with django_db_blocker.unblock(), _database_of_its_own(template.TEMPLATE) as name:  # type: ignore[attr-defined]
        yield name


@pytest.fixture
def empty_database(django_db_blocker: pytest.FixtureRequest) -> Iterator[str]:
    """The same with nobody in it: an organisation on its first day."""
    from tests import template

    with django_db_blocker.unblock(), _database_of_its_own(template.EMPTY) as name:  # type: ignore[attr-defined]
        yield name


@pytest.fixture(autouse=True)
def _forget_funnels() -> None:
    from loudou.pipeline.queries import funnels

    funnels.forget()


@pytest.fixture(autouse=True)
def _quick_hashes(settings: object) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # type: ignore[attr-defined]
    settings.STORAGES = {  # type: ignore[attr-defined]
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture
def cast(db: None) -> object:
    """Everybody by user name: `cast.chenan`."""
    from tests.cast import Cast

    return Cast()
