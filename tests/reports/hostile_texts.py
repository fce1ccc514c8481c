"""Texts that try to run as code in a report, to break its page or to hide what they say."""

import random

SCRIPT = "window.ran = 1"
FRAGMENTS = [
    f"<script>{SCRIPT}</script>",
    f"</script><script>{SCRIPT}</script>",
    f"<img src=x onerror='{SCRIPT}'>",
    f"<svg onload='{SCRIPT}'><animate onbegin='{SCRIPT}'>",
    f'<a href="javascript:{SCRIPT}">here</a>',
    f'"><script>{SCRIPT}</script>',
    f"'-{SCRIPT}-'",
    f"<iframe srcdoc='<script>parent.{SCRIPT}</script>'></iframe>",
    "<style>* { display: none }</style>",
    "<link rel=stylesheet href=https://example.com/a.css><meta http-equiv=refresh content=0>",
    "<!-- <![CDATA[ ]]> --!> <!doctype html> </body></html>",
    "<base href=//example.com><form action=//example.com><input autofocus onfocus=alert(1)>",
    "</textarea></title></style></noscript></template>",
    "{{ 7 * 7 }} {% raw %} {{ config }} ${7*7} #{7*7} <%= 7 %>",
    "&lt;script&gt; &amp;amp; &#60;b&#62; &nbsp &unknown;",
    "\u202egnp.exe\u202c \u2066isolated\u2069 \u200e\u200f",
    "\x00\x01\x08\x0b\x1b[31m\x7f\x85\x9f",
    "\ud800 \udfff \udc00\ud800",
    "\u2028\u2029\ufeff\ufffe\uffff\U0001ffff",
    "\r\n\r\x0c\t",
    "\U000e0001\U000e0041\U000e007f",
    "Z̸̛͓a̵l̶g̷o̸" * 20,
    "x" * 3000,
    "ً" * 200,
    "data:text/html,<script>alert(1)</script>",
    "__proto__ constructor toString",
]


def hostile_texts(count: int, seed: int = 1) -> list[str]:
    """Return texts of hostile fragments among words; two of them have a word of a megabyte."""
    rng = random.Random(seed)
    texts = []
    for number in range(count):
        words = [f"word{rng.randrange(500)}" for _ in range(rng.randrange(20, 120))]
        chosen = [FRAGMENTS[number % len(FRAGMENTS)], *rng.sample(FRAGMENTS, 3)]
        for fragment in chosen:
            words.insert(rng.randrange(len(words)), fragment)
        texts.append(" ".join(words) + rng.choice(["", "\n", "\n\n"]) * 2)
    for number in (0, count // 2):
        texts[number] += " " + "y" * 1_000_000
    return texts
