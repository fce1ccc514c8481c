"""Texts that try to run as code in a report, to break its page or to hide what they say."""

import random

SCRIPT = "window.ran = 1"
FRAGMENTS = [
    f"<script>{SCRIPT}</script>",
    f"</script><script>{SCRIPT}</script>",
    f"</style></main></body><script>{SCRIPT}</script>",
    f"<scr\x00ipt>{SCRIPT}</scr\x00ipt> <ScRiPt/x>{SCRIPT}</ScRiPt>",
    f"<img src=x onerror='{SCRIPT}'>",
    f"<svg onload='{SCRIPT}'><animate onbegin='{SCRIPT}'>",
    f"<details open ontoggle='{SCRIPT}'><marquee onstart='{SCRIPT}'>",
    f"<input autofocus onfocus='{SCRIPT}'><video src=x onerror='{SCRIPT}'>",
    f"<math><mtext><table><mglyph><style><img src=x onerror='{SCRIPT}'>",
    f"<noscript><p title=\"</noscript><img src=x onerror='{SCRIPT}'>\">",
    f'<a href="javascript:{SCRIPT}">here</a> <a href="jAvA\tscript:{SCRIPT}">there</a>',
    f'"><script>{SCRIPT}</script>',
    f"' onmouseover='{SCRIPT}' x='` onmouseover=`{SCRIPT}`",
    f"'-{SCRIPT}-'",
    f"\\u003cscript\\u003e{SCRIPT}\\u003c/script\\u003e \\x3cscript\\x3e",
    f"+ADw-script+AD4-{SCRIPT}+ADw-/script+AD4-",
    f"<iframe srcdoc='<script>parent.{SCRIPT}</script>'></iframe>",
    f"<object data='data:text/html,<script>parent.{SCRIPT}</script>'><embed src=x>",
    "<script src=//example.com/a.js type=module></script><svg><use href=//example.com/a.svg>",
    "<style>* { display: none }</style>",
    "} * { display: none } @import url(//example.com/a.css); a { b: expression(alert(1)) }",
    "<p style='background: url(//example.com/a.png); position: fixed; inset: 0'>",
    "<link rel=stylesheet href=https://example.com/a.css><meta http-equiv=refresh content=0>",
    "<meta http-equiv=Content-Security-Policy content='default-src *'><plaintext>",
    "<!-- <![CDATA[ ]]> --!> <!doctype html> </body></html>",
    "<base href=//example.com><form action=//example.com><input autofocus onfocus=alert(1)>",
    "<form id=content><input name=nextElementSibling><img name=querySelectorAll>",
    "<div data-paged><div data-item><div data-controls><b id=threshold-changes>not JSON</b>",
    "</textarea></title></style></noscript></template>",
    "</div></div></article></section></main><footer hidden>",
    "{{ 7 * 7 }} {% raw %} {{ config }} ${7*7} #{7*7} <%= 7 %>",
    "{% endblock %}{% extends 'page.html' %}{# {{ ''.__class__.__mro__ }} #}",
    "{text} {0} %s %(text)s {text.__class__} $text \\1 \\g<0>",
    f"[here](javascript:{SCRIPT}) ![there](https://example.com/a.png) <https://example.com>",
    "```html <b> ``` **bold**\n# heading | cell |\n> quote",
    '=HYPERLINK("https://example.com";"here") =cmd|\' /C calc\'!A0 @SUM(1+1) +1+1 -1+1',
    '1,2;3\t4 "5" \'six\'""seven',
    "&lt;script&gt; &amp;amp; &#60;b&#62; &nbsp &unknown;",
    "\u202egnp.exe\u202c \u2066isolated\u2069 \u200e\u200f",
    "\u202e\u202e\u202e\u2067\u2068 never closed",
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
    """Return texts of hostile fragments among words; two of them have a word of a megabyte.

    The beginning of each text, up to the fragment, occurs in no other one.
    """
    rng = random.Random(seed)
    texts = []
    for number in range(count):
        words = [f"word{rng.randrange(500)}" for _ in range(rng.randrange(20, 120))]
        for fragment in rng.sample(FRAGMENTS, 3):
            words.insert(rng.randrange(len(words)), fragment)
        beginning = f"Text {number} of {seed} begins with {FRAGMENTS[number % len(FRAGMENTS)]}"
        texts.append(" ".join([beginning, *words]) + rng.choice(["", "\n", "\n\n"]) * 2)
    for number in (0, count // 2):
        texts[number] += " " + "y" * 1_000_000
    return texts
