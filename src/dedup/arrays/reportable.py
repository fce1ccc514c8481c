"""Results that a notebook shows, and results with an HTML report.

Both are made in ``reports``, the layer above all results, which is imported when they are called.
"""

import os
from typing import overload


class ShownInNotebook:
    """A result that a notebook shows as a small table."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        """Return the result for a notebook, as a few lines of HTML."""
        from dedup.reports.notebook import notebook_html  # noqa: PLC0415  a layer above

        return notebook_html(self)


class Reportable(ShownInNotebook):
    """A result with a report."""

    __slots__ = ()

    @overload
    def report(self) -> str: ...
    @overload
    def report(self, path: str | os.PathLike[str]) -> None: ...
    def report(self, path: str | os.PathLike[str] | None = None) -> str | None:
        """Show what was removed as one HTML file: see ``dedup.report``.

        Parameters
        ----------
        path
            The file to write; None to return the page.
        """
        from dedup.reports.html_report import report  # noqa: PLC0415  a layer above

        return report(self, path) if path is not None else report(self)
