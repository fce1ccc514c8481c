"""Clean the example article and show what was removed. Run it with ``make demo``."""

import signal
import sys
from pathlib import Path

import dedup
from dedup.reports.terminal import table_of

if hasattr(signal, "SIGPIPE"):  # Windows lacks it
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # end quietly if the reader stops, as head does

path = Path(__file__).with_name("article.txt")
article = path.read_text(encoding="utf-8")
result = dedup.clean(article, document=path.name)

print(f"{path.name}, as it was scraped: {len(article.splitlines())} lines\n")
print(table_of(result), end="")
print(f"\n{result.summary}\n")
print("The clean text:\n")
print(result.text)

if dedup.restore(result.text, result.ledger) != article:
    sys.exit("the ledger does not restore the article")
print(f"The ledger of {len(result.ledger)} entries restores the article, byte for byte.")
