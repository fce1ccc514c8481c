"""The help of a command: options in panels, one line each on a wide terminal."""

from typing import Any

import click

from dedup.arrays.native import has_core

FLAG_COLUMN_WIDTH = 26  # of the column of flags
DEFAULT_COMMAND = "clean"  # the command whose name may be left out
LAST_PANEL = "Reports, settings and help"


class PanelOption(click.Option):
    """An option that names the panel of the help in which it is shown."""

    def __init__(self, *names: Any, panel: str = LAST_PANEL, **about: Any) -> None:  # noqa: ANN401
        super().__init__(*names, **about)
        self.panel = panel

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return flags, help and default; of an on/off pair only the flag that changes it."""
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
        """Run the command; report a wrong DEDUP_NATIVE before anything is read."""
        has_core()
        return super().invoke(ctx)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the usage line."""
        formatter.write_usage(usage_name(ctx), " ".join(self.collect_usage_pieces(ctx)))
        group = ctx.parent.command if ctx.parent else None
        if isinstance(group, click.Group) and self.name == DEFAULT_COMMAND:
            names = group.list_commands(ctx)
            named_commands = "|".join(name for name in names if name != DEFAULT_COMMAND)
            formatter.write_usage(usage_name(ctx), f"{named_commands} --help", prefix="       ")

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
                rows = [
                    (flags.ljust(FLAG_COLUMN_WIDTH), text.rstrip(".")) for flags, text in records
                ]
                formatter.write_dl(rows, col_max=FLAG_COLUMN_WIDTH)


def usage_name(context: click.Context) -> str:
    """Return the name of a command in its usage line."""
    return context.command_path.removesuffix(f" {DEFAULT_COMMAND}")
