"""The `loudou` command. Each room brings its own commands; they are loaded only when called."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from importlib.util import find_spec
from io import TextIOWrapper

import click

from loudou.environment import Misconfigured
from loudou.kernel.refusals import Refused
from loudou.launch.postgres import DatabaseFailed

# name → module and function
COMMANDS = {
    "serve": "loudou.launch.commands:serve",
    "worker": "loudou.launch.commands:worker",
    "migrate": "loudou.launch.commands:migrate",
    "furnish": "loudou.launch.commands:furnish",
    "demo": "loudou.demo.commands:demo",
    "import": "loudou.exchange.commands:import_file",
    "export": "loudou.exchange.commands:export",
    "decompose": "loudou.targets.commands:decompose",
    "close-books": "loudou.steering.commands:close_books",
    "report": "loudou.insight.commands:report",
    "success-rates": "loudou.odds.commands:success_rates",
    "learn": "loudou.odds.commands:learn",
    "recount": "loudou.launch.commands:recount",
    "verify-journal": "loudou.launch.commands:verify_journal",
    "backup": "loudou.launch.commands:backup",
    "restore": "loudou.launch.commands:restore",
}
# Parts of `serve` that run in processes of their own.
PARTS = {
    "_prepare": "loudou.launch.commands:prepare",
    "_web": "loudou.launch.commands:web",
    "_settle": "loudou.launch.commands:settle",
    "_worker": "loudou.launch.commands:worker_part",
    "_demo": "loudou.demo.commands:demo_part",
}


class Commands(click.Group):
    """Finds commands by name without importing all of them."""

    def list_commands(self, context: click.Context) -> list[str]:
        return [name for name, found in COMMANDS.items() if find_spec(found.partition(":")[0])]

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        found = COMMANDS.get(name) or PARTS.get(name)
        if found is None:
            return None
        module, _, function = found.partition(":")
        command: click.Command = getattr(import_module(module), function)
        return command


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def loudou() -> None:
    """Loudou 漏斗: sales management."""


def main() -> None:
    """Run a command: exit code 0 done, 1 refused with one sentence on stderr, 2 wrong usage."""
    os.umask(0o077)  # what it writes is for its own user
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(
                errors="replace"
            )  # a terminal without Chinese shows question marks, no traceback
    try:
        loudou(prog_name="loudou")
    except Exception as problem:
        sentence = _sentence(problem)
        if sentence is None:
            raise
        click.echo(sentence, err=True)
        sys.exit(1)


def _sentence(problem: Exception) -> str | None:
    """What to say of a problem that could be foreseen; None for a fault of ours."""
    if isinstance(problem, Misconfigured | DatabaseFailed | Refused):
        return str(problem)
    if isinstance(problem, OSError) and problem.strerror:
        return f"{problem.filename or 'The machine'}: {problem.strerror}."
    return _database_sentence(problem) if "django.db" in sys.modules else None


_DAMAGED = ("XX001", "XX002")  # of data, of an index (PostgreSQL, appendix A)


def _database_sentence(problem: Exception) -> str | None:
    from django.db import DatabaseError, InterfaceError, NotSupportedError, OperationalError

    from loudou.ui import disk

    if isinstance(problem, DatabaseError) and getattr(problem.__cause__, "sqlstate", None) in _DAMAGED:
        said = str(problem).strip().splitlines()[0]
        return f"The database is damaged: {said}. Restore the last good backup into a new folder."
    if isinstance(problem, NotSupportedError) and problem.__cause__ is None:
        return str(problem)  # Django's own word on a server that is too old; the server's would have a cause
    if disk.is_full(problem):
        return "The disk that holds the database is full: make room and try again."
    if isinstance(problem, OperationalError | InterfaceError):
        return f"The database does not answer: {str(problem).strip().splitlines()[0]}"
    return None


if __name__ == "__main__":
    main()
