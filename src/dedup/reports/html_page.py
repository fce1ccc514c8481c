"""Renders a report: one HTML file that loads nothing, and in which no text can run as code.

Jinja2 escapes every value. The content security policy of the page allows its own style and its own
script, by their digests, and no request. Data for the script is JSON in an element that is no code.
"""

import base64
import hashlib
import json
from functools import lru_cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from dedup.reports.visible_text import visible
from dedup.text.wording import format_count

POLICY = (
    "default-src 'none'; style-src '{style}'; script-src '{script}'; base-uri 'none'; "
    "form-action 'none'"
)
ESCAPED_IN_SCRIPTS = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}


def render(template: str, context: dict[str, Any]) -> str:
    """Return a page.

    Parameters
    ----------
    template
        The name of a template of ``reports/templates``, which extends ``page.html``.
    context
        The values that it shows. Strings are shown as they are: they cannot contain markup.
    """
    style, script = (_asset(name) for name in ("page.css", "page.js"))
    policy = POLICY.format(style=_digest(style), script=_digest(script))
    assets = {"style": Markup(style), "script": Markup(script), "policy": policy}  # noqa: S704
    return _environment().get_template(template).render(context | assets)


def script_json(value: object) -> Markup:
    r"""Return a value as JSON that may be in a ``script`` element.

    Examples
    --------
    >>> print(script_json(["</script>", "\u2028&"]))
    ["\u003c/script\u003e","\u2028\u0026"]
    """
    text = json.dumps(value, separators=(",", ":"))  # escapes all but ASCII
    for character, escape in ESCAPED_IN_SCRIPTS.items():
        text = text.replace(character, escape)
    return Markup(text)  # noqa: S704  no character of markup is left


@lru_cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("dedup.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_visible_value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["script_json"] = script_json
    environment.filters["count"] = "{:,}".format
    environment.filters["counted"] = format_count
    return environment


def _visible_value(value: object) -> object:
    """Return a value of a template with its hidden characters shown; markup is unchanged."""
    return value if isinstance(value, Markup) or not isinstance(value, str) else visible(value)


@lru_cache
def _asset(name: str) -> str:
    return files("dedup.reports").joinpath("templates", name).read_text("utf-8")


def _digest(text: str) -> str:
    """Return the digest of a style or script, as a content security policy names it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
