"""The commands of ``dedup-clean``; without the name of one, ``clean`` runs."""

from collections.abc import Callable
from functools import partial
from glob import escape
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from dedup.cli.audit_command import audit
from dedup.cli.clean_command import clean
from dedup.cli.completion_command import completion
from dedup.cli.help_page import DEFAULT
from dedup.cli.index_command import index
from dedup.cli.restore_command import restore


class CleanByDefault(click.Group):
    """A group that runs ``clean`` when the first argument names no command.

    It parses its arguments and returns a function that does the rest, because click would catch an
    interrupt of the work.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Name the command that is meant."""
        if not (args and args[0] in self.commands) and not (ctx.resilient_parsing and not args):
            args = [DEFAULT, *args]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Callable[[], int]:
        """Return what runs the command."""
        return partial(super().invoke, ctx)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete the first argument: a command, a flag of ``clean`` or a file."""
        inner = clean.make_context(DEFAULT, [], parent=ctx, resilient_parsing=True)
        files: Any = clean.params[0]
        found = [*super().shell_complete(ctx, incomplete), *clean.shell_complete(inner, incomplete)]
        if not found or any(Path().glob(f"{escape(incomplete)}*")):
            found += files.shell_complete(inner, incomplete)  # last: bash then has files alone
        return found


SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
group = CleanByDefault("dedup-clean", add_help_option=False, context_settings=SETTINGS)
for command in (clean, restore, audit, index, completion):
    group.add_command(command)
