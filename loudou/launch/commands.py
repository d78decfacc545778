"""Commands of operation."""

from __future__ import annotations

import click

from loudou.launch.django import ready


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
        from django.core.management import call_command

        call_command("migrate", verbosity=1)


@click.command()
@click.option("--currency", metavar="CODE", help="The base currency of an organisation without amounts yet.")
def furnish(currency: str | None) -> None:
    """Add what every organisation needs; safe to run again."""
    with ready():
        from loudou.furnish import furnish as add_what_is_missing

        add_what_is_missing()
        if currency:
            from loudou.people.verbs import set_organisation

            set_organisation(base_currency=currency, by=None)
    click.echo("furnished")


@click.command("verify-journal")
def verify_journal() -> None:
    """Prove that history was not touched; name the first row that was."""
    from loudou.kernel.refusals import Refused

    with ready():
        from loudou.journal.verify import verify

        verdict = verify()
    if not verdict.good:
        raise Refused(f"row {verdict.bad_id} is bad: {verdict.fault} ({verdict.rows} rows read)")
    click.echo(f"{verdict.rows} rows, all in order")


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
