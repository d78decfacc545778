"""What the worker does with a file that was brought by the page: the dry run, the run, taking it back."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable
from pathlib import Path

from django.db import OperationalError
from django.utils import translation
from django.utils.translation import gettext as _

from loudou.exchange.importing.engine import Stopped
from loudou.exchange.importing.files import read_table
from loudou.exchange.importing.mapping import from_plain
from loudou.exchange.importing.receiving import path_of, refused_path
from loudou.exchange.importing.refusals import RefusedRows
from loudou.exchange.importing.running import Keeper, import_table
from loudou.exchange.importing.spec import kind_named, knows
from loudou.exchange.models import Import
from loudou.exchange.verbs.importing import finish_check, finish_import
from loudou.kernel.refusals import Refused
from loudou.ui import disk

log = logging.getLogger(__name__)


def check(pk: int) -> Import:
    """Make the dry run of an import that waits for it; one that does not stays as it is."""
    run = Import.objects.select_related("owner__unit").get(pk=pk)
    return _carried(run, finish_check, dry=True) if run.state == Import.State.CHECKING else run


def write(pk: int) -> Import:
    """Write an import that waits for it; one that was cut off goes on, for its rows are known again."""
    run = Import.objects.select_related("owner__unit").get(pk=pk)
    return _carried(run, finish_import, dry=False) if run.state == Import.State.WRITING else run


def _carried(run: Import, finish: Callable[..., Import], *, dry: bool) -> Import:
    with translation.override(run.language or None):
        try:
            if run.owner is None or not run.owner.is_active:
                return finish(run, by=run.owner, fault=_("Who brought the file has left."))
            _import(run, dry=dry)
        except Stopped:
            return finish(run, by=run.owner, stopped=True)
        except Refused as refusal:
            return finish(run, by=run.owner, fault=refusal.sentence)
        except OperationalError:
            raise  # the database is away: the job is tried again
        except Exception as problem:
            log.exception("import %s failed", run.pk)
            refused_path(run).unlink(missing_ok=True)  # which may be half of it
            return finish(run, by=run.owner, fault=_fault(problem))
        return finish(run, by=run.owner)


def _fault(problem: Exception) -> str:
    if disk.is_full(problem):
        return _("The disk of the server is full; nothing more was written. Tell who runs it.")
    return _("Something went wrong on our side; nothing more was written.")


def _import(run: Import, *, dry: bool) -> None:
    kind = kind_named(run.kind)
    assert kind is not None
    refused = refused_path(run)
    refused.unlink(missing_ok=True)
    run.problems.all().delete()
    with tempfile.TemporaryDirectory(prefix="loudou-import-") as folder:
        table = read_table(
            path_of(run), Path(folder), encoding=run.encoding, sheet=run.sheet, known=knows(kind)
        )
        import_table(
            table,
            kind,
            from_plain(run.mapping),
            by=run.owner,
            keeper=Keeper(refused=RefusedRows(refused, table.header, delimiter=table.delimiter), run=run),
            request_id=run.request_id,
            dry_run=dry,
            all_or_nothing=run.all_or_nothing,
        )
