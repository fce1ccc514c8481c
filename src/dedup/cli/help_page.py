"""The help of a command: its options in panels, one line each where the terminal is wide."""

from typing import Any

import click

from dedup.arrays.native import has_core

WIDTH = 26  # of the column of flags
DEFAULT = "clean"  # the command whose name may be left out
LAST_PANEL = "Reports, settings and help"


class PanelOption(click.Option):
    """An option that names the panel of the help in which it is shown."""

    def __init__(self, *names: Any, panel: str = LAST_PANEL, **about: Any) -> None:  # noqa: ANN401
        super().__init__(*names, **about)
        self.panel = panel

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return the flags and the help with the default; of a pair, the flag that changes it."""
        flags = self.secondary_opts if self.default in (True, None) else []
        flags = sorted(flags or self.opts, key=len)
        metavar = "" if self.is_flag else f" {self.make_metavar(ctx)}"
        default: Any = self.default
        default = default[0] if self.multiple and default else default
        ending = f" [{default}]" if metavar and isinstance(default, (str, int, float)) else ""
        return ", ".join(flags) + metavar, f"{self.help}{ending}"


class PanelCommand(click.Command):
    """A command whose help shows its options in panels."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401  an exit code
        """Run the command; a wrong DEDUP_NATIVE is said before anything is read."""
        has_core()
        return super().invoke(ctx)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write how the command is called."""
        formatter.write_usage(called(ctx), " ".join(self.collect_usage_pieces(ctx)))
        group = ctx.parent.command if ctx.parent else None
        if isinstance(group, click.Group) and self.name == DEFAULT:
            others = "|".join(name for name in group.commands if name != DEFAULT)
            formatter.write_usage(called(ctx), f"{others} --help", prefix="       ")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the panels."""
        panels: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record and isinstance(param, click.Option):
                panels.setdefault(getattr(param, "panel", LAST_PANEL), []).append(record)
        for title, records in panels.items():
            formatter.write(f"\n{click.style(title, bold=True)}:\n")
            with formatter.indentation():
                rows = [(flags.ljust(WIDTH), text.rstrip(".")) for flags, text in records]
                formatter.write_dl(rows, col_max=WIDTH)


def called(context: click.Context) -> str:
    """Return how a command is called."""
    return context.command_path.removesuffix(f" {DEFAULT}")
