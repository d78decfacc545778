"""Commands of operation."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from loudou.kernel.refusals import Refused
from loudou.launch.django import ready
from loudou.launch.reporting import in_format, say
from loudou.launch.words import told as _

_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.option(
    "--workers", type=click.IntRange(1, 64), help="Web processes (default: one a core, at most four)."
)
@click.option("--no-worker", is_flag=True, help="Without the jobs; run `loudou worker` elsewhere.")
def serve(workers: int | None, no_worker: bool) -> None:
    """Serve the web pages, with the jobs beside them, until Ctrl-C."""
    from loudou.launch.serve import run

    run(workers=workers, with_jobs=not no_worker)


@click.command()
def worker() -> None:
    """Run the jobs: mail, schedules, imports."""
    with ready("job"):
        from loudou.launch.jobs import work

        work()


@click.command()
def migrate() -> None:
    """Bring the database's schema up to date."""
    with ready():
        from loudou.launch.prepare import translated
        from loudou.launch.schema import migrate as bring

        translated()
        bring(verbosity=1)


@click.command()
@click.option("--currency", metavar="CODE", help="The base currency of an organisation without amounts yet.")
@click.option("--acceptance", is_flag=True, help="Also people to try it with, their secrets printed as JSON.")
def furnish(currency: str | None, acceptance: bool) -> None:
    """Bring schema and defaults up to date: what every organisation needs. Safe to run again.

    With --acceptance also a small organisation whose people have the password in LOUDOU_ACCEPTANCE_PASSWORD.
    """
    with ready():
        from loudou.launch.prepare import furnished, translated

        translated()
        furnished()
        if currency:
            from loudou.people.verbs import set_organisation

            set_organisation(base_currency=currency, by=None)
        if acceptance:
            from loudou.launch.acceptance import furnish_acceptance

            say(furnish_acceptance(), "json")
            return
    click.echo("furnished")


@click.command()
@click.option("--check", is_flag=True, help="Only say whether the counts are true (exit code 1 if not).")
def recount(check: bool) -> None:
    """Count what stands, came and went anew: the sums that boards and figures are read from.

    The database keeps them itself; this is for whoever does not believe it.
    """
    from loudou.kernel.refusals import Refused

    with ready():
        from loudou.pipeline.verbs._stock import recount_stock, stock_faults
        from loudou.pipeline.verbs._tally import recount_tallies, tally_faults

        faults = tally_faults() + stock_faults() if check else 0
        counted = 0 if check else recount_tallies() + recount_stock()
    if faults:
        raise Refused(_("{n} counts differ from the deals they count: run loudou recount.").format(n=faults))
    click.echo("all counts are true" if check else f"{counted} counts, all anew")


@click.command("verify-journal")
@in_format
def verify_journal(form: str) -> None:
    """Prove that history was not touched; name the first row that was.

    What was good is remembered outside the database, so that the next time also a missing end is found.
    """
    with ready():
        from loudou.journal.verify import prove

        verdict = prove()
    say({"rows": verdict.rows, "good": verdict.good, "bad_row": verdict.bad_id, "fault": verdict.fault}, form)
    if not verdict.good:
        raise Refused(
            _("History was touched: row {row} is bad ({fault}).").format(
                row=verdict.bad_id, fault=verdict.fault
            )
        )


@click.command()
@click.argument("file", type=_FILE, required=False)
@click.option(
    "--folder", type=_FOLDER, help="Instead of FILE: name it after the instant, remove old ones there."
)
@click.option(
    "--recipient", metavar="age1…", help="Encrypt it for the holder of this public key's secret key."
)
@click.option("--new-key", type=_FILE, help="Only make a secret key in this file and print its public key.")
@in_format
def backup(
    file: Path | None, folder: Path | None, recipient: str | None, new_key: Path | None, form: str
) -> None:
    """Back up database, files and the journal's anchors into one file, and prove it good.

    Without FILE it goes to LOUDOU_BACKUP_FOLDER, where the last of seven days, four weeks and three months are kept.
    """
    if new_key is not None:
        from loudou.launch.backups.sealing import make_key

        say({"recipient": make_key(new_key), "secret_key": str(new_key)}, form)
        return
    if file is not None and folder is not None:
        raise click.UsageError("FILE or --folder, not both.")
    with ready():
        from django.conf import settings

        from loudou.launch.backups.make import back_up, back_up_into

        env = settings.ENVIRONMENT
        public_key = recipient or env.backup_recipient
        if file is not None:
            made = back_up(file, public_key=public_key)
        elif chosen := folder or env.backup_folder:
            made = back_up_into(chosen, public_key=public_key)
        else:
            raise click.UsageError("Say where to: FILE or --folder.")
    say(_plainly(made), form)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--into", type=_FOLDER, help="The new data folder (LOUDOU_DATA), which must not be there yet.")
@click.option("--into-database", metavar="URL", default="", help="An empty PostgreSQL 15+ for the database.")
@click.option("--identity", type=_FILE, help="The file with the secret key of an encrypted backup.")
@click.option("--send-pending", is_flag=True, help="Send the messages that waited when the backup was made.")
@click.option(
    "--rehearse", is_flag=True, help="Restore into a folder that is thrown away, to prove the backup."
)
@in_format
def restore(
    file: Path,
    into: Path | None,
    into_database: str,
    identity: Path | None,
    send_pending: bool,
    rehearse: bool,
    form: str,
) -> None:
    """Restore a backup into a new data folder, and prove that all of it came back. What lives is not touched.

    Nobody is signed in afterwards, all API tokens are revoked, and messages that waited are withheld.
    """
    from loudou.launch.backups.restore import rehearse as try_out
    from loudou.launch.backups.restore import restore as put_back
    from loudou.launch.backups.sealing import read_keys

    keys = read_keys(identity) if identity else []
    if rehearse == (into is not None) or (rehearse and into_database):
        raise click.UsageError("Say where to: --into DIR (with --into-database URL or not), or --rehearse.")
    if into is None:
        restored = try_out(file, keys=keys)
    else:
        restored = put_back(file, into, keys=keys, database_url=into_database, send_pending=send_pending)
    say(_plainly(restored), form)


@click.command()
@click.option("--send-pending", is_flag=True)
def settle(send_pending: bool) -> None:
    """The last part of a restore, in the restored data folder."""
    import json

    from loudou.launch.parents import end_with_parent

    end_with_parent()
    with ready():
        from django.conf import settings

        from loudou.launch.backups.restore import settle as settle_down

        found = settle_down(settings.ENVIRONMENT.data, send_pending=send_pending)
    click.echo(json.dumps(found))


@click.command()
def prepare() -> None:
    """Get everything ready for the first page, and print what to greet with."""
    from loudou.launch.parents import end_with_parent

    end_with_parent()
    with ready():
        from django.conf import settings

        from loudou.launch import prepare as preparing
        from loudou.launch.greeting import greeting

        preparing.await_database()
        preparing.prepare()
        found = greeting(settings.ENVIRONMENT, tells_demo=preparing.take_up_demo())
        click.echo(found.written(), nl=False)


@click.command()
@click.option("--workers", type=int)
@click.option("--waiting", is_flag=True)
def web(workers: int | None, waiting: bool) -> None:
    """The web processes."""
    from loudou.launch.web import serve as serve_pages

    serve_pages(workers, waiting=waiting)


@click.command()
def worker_part() -> None:
    """The worker under `serve`."""
    from loudou.launch.parents import end_with_parent

    end_with_parent()
    with ready("job"):
        from loudou.launch.jobs import work

        work()


def _plainly(found: Any) -> dict[str, Any]:
    """A dataclass as a report: paths and instants as text."""
    values = asdict(found)
    return {
        name: value if isinstance(value, int | list | tuple) else str(value) for name, value in values.items()
    }
