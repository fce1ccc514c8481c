"""Keep the documents that are new before they are embedded: LangChain.

Run it as ``python examples/langchain_documents.py`` (``pip install langchain-core``).
"""

from langchain_core.documents import Document

import dedup
from dedup.adapters.langchain import DedupTransformer

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

# With a path in its place, as in dedup.Index("seen.db"), the index is there the next time, too.
index = dedup.Index()
transformer = DedupTransformer(index, id_key="source")
for day in (MONDAY, TUESDAY):
    new = transformer.transform_documents(day)
    print(f"{len(new)} of {len(day)} new:", *(document.metadata["source"] for document in new))

found = index.query([document.page_content for document in TUESDAY])
for document, witness in zip(TUESDAY, found.witness, strict=True):
    if witness != document.metadata["source"]:
        print(f"{document.metadata['source']} repeats {witness}")
