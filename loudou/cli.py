"""The `loudou` command. Each room brings its own commands; they are loaded only when called."""

from __future__ import annotations

import sys
from importlib import import_module

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
    "report": "loudou.insight.commands:report",
    "verify-journal": "loudou.launch.commands:verify_journal",
    "backup": "loudou.launch.commands:backup",
    "restore": "loudou.launch.commands:restore",
}
# Parts of `serve` that run in processes of their own.
PARTS = {
    "_prepare": "loudou.launch.commands:prepare",
    "_greet": "loudou.launch.commands:greet",
    "_web": "loudou.launch.commands:web",
    "_worker": "loudou.launch.commands:worker_part",
}


class Commands(click.Group):
    """Finds commands by name without importing all of them."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(COMMANDS)

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
    try:
        loudou(prog_name="loudou")
    except (Misconfigured, DatabaseFailed, Refused) as problem:
        click.echo(str(problem), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
