"""The `loudou` command. Each room brings its own commands; they are loaded only when called."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from importlib.util import find_spec
from io import TextIOWrapper

import click

from loudou.launch.foreseen import sentence

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
        said = sentence(problem)
        if said is None:
            raise
        click.echo(said, err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
