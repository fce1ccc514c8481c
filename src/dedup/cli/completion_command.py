"""``dedup-clean completion``: the completion script of a shell."""

import click
from click.shell_completion import get_completion_class

from dedup.cli.help_page import PanelCommand


@click.command("completion", cls=PanelCommand)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script of a shell.

    \b
      eval "$(dedup-clean completion bash)"
    """  # noqa: D301  click keeps the lines below \b as they are
    maker = get_completion_class(shell)
    if maker is not None:
        command = context.find_root().command
        script = maker(command, {}, "dedup-clean", "_DEDUP_CLEAN_COMPLETE")
        click.echo(maker.source_template % script.source_vars())
