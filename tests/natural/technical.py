"""Machine text: code, data formats, logs, shell sessions, diffs, configuration."""

from __future__ import annotations

import json
from random import Random

from .base import Maker, some

VERBS = ("load", "save", "parse", "merge", "close", "check", "send", "draw", "split", "count")
NOUNS = ("order", "letter", "station", "ticket", "lamp", "parcel", "ferry", "bell", "goat", "seed")
TESTS = ("is None", "== 0", "not in seen", "< limit", "is closed", "> 9")


def python_code(rng: Random, i: int) -> str:
    """Functions whose guards and returns are the same lines."""
    guard = ("        return None", "        continue", "        raise ValueError", "        pass")[
        i % 4
    ]
    lines = ["import os", ""]
    for verb, noun in zip(some(rng, VERBS, 5), some(rng, NOUNS, 5), strict=True):
        lines += [f"def {verb}_{noun}({noun}, limit=3):"]
        if i % 2:
            lines += ['    """Return the result."""']
        if i % 4 == 1:
            lines += [f"    for {noun} in os.listdir({noun}):"]
        lines += [
            f"    if {noun} {rng.choice(TESTS)}:",
            guard,
            f"    {verb}({noun})",
            "    return True",
            "",
            "",
        ]
    return "\n".join(lines)


def brace_code(rng: Random, i: int) -> str:
    """C, JavaScript, Java and Rust: braces, breaks, returns."""
    lines = [("#include <stdio.h>", "'use strict';", "package lamp;", "use std::io;")[i % 4]]
    for verb, noun in zip(some(rng, VERBS, 4 + i % 3), some(rng, NOUNS, 6), strict=False):
        head = (
            f"int {verb}_{noun}(int n)",
            f"function {verb}{noun.title()}(n)",
            f"    private boolean {verb}{noun.title()}(int n)",
            f"fn {verb}_{noun}(n: i32)",
        )[i % 4]
        lines += ["", head + " {", "    switch (n) {" if i % 4 < 3 else "    match n {"]
        for number in range(2 + i % 3):
            lines += [f"    case {number}:", f"        {verb}({number});", "        break;"]
        lines += ["    default:", "        break;", "    }", "    return 0;", "}"]
    return "\n".join(lines)


def json_data(rng: Random, i: int) -> str:
    """Objects that agree in most of their members."""
    items: list[dict[str, object]] = [
        {"name": noun, "open": False, "tags": [], "owner": None, "size": rng.choice((0, 1))}
        for noun in some(rng, NOUNS, 5 + i % 4)
    ]
    if i % 3 == 0:
        return "\n".join(json.dumps(item) for item in [*items, items[0]])
    return json.dumps({"version": i, "items": items}, indent=2 + i % 3)


def markup(rng: Random, i: int) -> str:
    """XML and HTML elements with equal children."""
    outer, inner = (("record", "status"), ("li", "span"), ("row", "cell"), ("item", "link"))[i % 4]
    lines = ['<?xml version="1.0"?>', f"<{outer}s>"]
    for noun in some(rng, NOUNS, 6 + i % 3):
        lines += [f"  <{outer}>", f"    <name>{noun}</name>", f"    <{inner}>new</{inner}>"]
        lines += [f"    <{inner}/>"] * (i % 3) + [f"  </{outer}>"]
    return "\n".join([*lines, f"</{outer}s>"])


def csv_data(rng: Random, i: int) -> str:
    """Records that are the same because the same thing happened twice."""
    sep = (",", ";", "\t", "|")[i % 4]
    lines = [sep.join(("item", "place", "amount", "unit"))]
    pool = [
        sep.join((noun, rng.choice(("north", "south")), str(rng.randrange(1, 5)), "box"))
        for noun in some(rng, NOUNS, 6)
    ]
    lines += [rng.choice(pool) for _ in range(10 + i)]
    return "\n".join([*lines, pool[0], pool[0]])


def log_lines(rng: Random, i: int) -> str:
    """A log with and without time stamps; the same message comes again and again."""
    same = (
        "WARN retrying in 5 s",
        "ERROR connection refused",
        "INFO heartbeat ok",
        "debug: queue empty",
        "[info] waiting for lock",
        "kernel: link is down",
    )[i % 6]
    lines = []
    for number, noun in enumerate(some(rng, NOUNS, 8)):
        stamp = (
            f"2031-04-{10 + i} 06:{number * 4:02d}:{rng.randrange(60):02d} " if i % 3 == 0 else ""
        )
        verb = rng.choice(VERBS)
        lines += [f"{stamp}INFO {verb} {noun} took {rng.randrange(900)} ms"]
        lines += [same] * rng.choice((1, 1, 2, 4))
        if i % 4 == 2:
            lines += ["Traceback (most recent call last):", f"KeyError: '{noun}'"]
    return "\n".join(lines)


def shell_session(rng: Random, i: int) -> str:
    """Prompts, commands entered twice and the same answers."""
    prompt = ("$", "user@harbour:~$", "PS C:\\>", "root#")[i % 4]
    lines = []
    for noun in some(rng, NOUNS, 5):
        lines += [f"{prompt} git add {noun}.txt" if i % 2 else f"{prompt} ping {noun}.example"]
        lines += [f"{prompt} git status", "nothing to commit, working tree clean"]
        if rng.random() < 0.6:
            lines += [f"{prompt} make test", "ok", "ok"]
        if i % 3 == 0:
            lines += [prompt, prompt]
    return "\n".join(lines)


def diff(rng: Random, i: int) -> str:
    """A patch whose hunks make the same change in several files."""
    old, new = some(rng, VERBS, 2)
    lines = []
    for number, noun in enumerate(some(rng, NOUNS, 4 + i % 3)):
        name = f"src/{noun}.py"
        if i % 2:
            lines += [f"diff --git a/{name} b/{name}"]
        lines += [
            f"--- a/{name}",
            f"+++ b/{name}",
            f"@@ -{number + 3},4 +{number + 3},4 @@",
            f" def {noun}():",
            "     # slow",
            f"-    {old}()",
            f"+    {new}()",
            "     return None",
        ]
    return "\n".join(lines)


def config(rng: Random, i: int) -> str:
    """INI, YAML and server blocks with the same settings."""
    lines = []
    for noun in some(rng, NOUNS, 5 + i % 4):
        if i % 3 == 0:
            lines += [f"[{noun}]", "enabled = true", f"timeout = {30 + i}", "retries = 0", ""]
        elif i % 3 == 1:
            lines += [f"- name: {noun}", "  enabled: false", f"  level: {i}", "  options: []"]
        else:
            lines += [f"host {noun} {{", "    allow all;", f"    port 80{i:02d};", "}", ""]
    return "\n".join(lines)


def sql(rng: Random, i: int) -> str:
    """Statements with equal frames, some of them run twice."""
    frame = (("BEGIN;", "COMMIT;"), ("START TRANSACTION;", "ROLLBACK;"), ("GO", "GO"))[i % 3]
    lines = []
    for verb, noun in zip(some(rng, VERBS, 6), some(rng, NOUNS, 6), strict=True):
        change = (
            f"UPDATE {noun}s SET state = '{verb}' WHERE id = {rng.randrange(90)};",
            f"INSERT INTO {noun}s VALUES ({rng.randrange(9)}, '{verb}', NULL);",
        )[i % 2]
        lines += [frame[0], change, "-- 1 row affected" if i % 4 else "", frame[1]]
    return "\n".join(line for line in lines if line)


KINDS: dict[str, Maker] = {
    "python code": python_code,
    "code with braces": brace_code,
    "json": json_data,
    "xml and html": markup,
    "csv": csv_data,
    "log lines": log_lines,
    "shell session": shell_session,
    "diff": diff,
    "configuration": config,
    "sql script": sql,
}
