"""Keep only new documents before they are embedded: LangChain.

Run it as ``python examples/langchain_documents.py`` (``pip install langchain-core``).
"""

from langchain_core.documents import Document

import dedup

FERRY = (
    "The ferry to Vey was late again on Monday, and nobody on the pier could say why it was so. "
    "The harbour master has promised a report by the end of the week, as he did in March, and the "
    "fares stay what they are until then."
)
MONDAY = [
    Document(page_content=FERRY, metadata={"source": "vey.example/ferry"}),
    Document(page_content="Seven boats raced for the cup.", metadata={"source": "vey.example/cup"}),
]
TUESDAY = [
    Document(page_content=f"{FERRY} (AP)", metadata={"source": "agency.example/1"}),
    Document(page_content=FERRY.upper(), metadata={"source": "agency.example/2"}),
    Document(page_content="The school opens in May.", metadata={"source": "agency.example/3"}),
]


def source(document: Document) -> str:
    """Return the source of a document, which is its id in the index."""
    return str(document.metadata["source"])


# This index is in memory. dedup.Index("seen.db") keeps it in a file for the next run.
index = dedup.Index()
repeats: list[str] = []
for day in (MONDAY, TUESDAY):
    found = dedup.unique(
        day,
        text="page_content",
        id=source,
        index=index,
        on_duplicate=lambda copy, name, _: repeats.append(f"{source(copy)} repeats {name}"),
    )
    new = [source(document) for document in found]
    print(f"{len(new)} of {len(day)} new:", *new)
print(*repeats, sep="\n")
