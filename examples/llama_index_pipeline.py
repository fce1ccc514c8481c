"""Split and embed only new documents: LlamaIndex.

Run it as ``python examples/llama_index_pipeline.py`` (``pip install llama-index-core``).
"""

from llama_index.core import Document
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.node_parser import SentenceSplitter

from dedup.adapters.llama_index import DedupTransform

FERRY = (
    "The ferry to Vey was late again on Monday, and nobody on the pier could say why it was so. "
    "The harbour master has promised a report by the end of the week, as he did in March, and the "
    "fares stay what they are until then."
)
MONDAY = [
    Document(id_="vey/ferry", text=FERRY),
    Document(
        id_="vey/cup", text="Seven boats raced for the cup on Sunday, and one of them won it."
    ),
]
TUESDAY = [
    Document(id_="agency/1", text=f"{FERRY} (AP)"),
    Document(id_="agency/2", text="The school of Vey opens in May, a year later than was planned."),
]

# This index is in memory. DedupTransform(index="seen.db") keeps it in a file for the next run.
pipeline = IngestionPipeline(transformations=[DedupTransform(), SentenceSplitter()])
for day in (MONDAY, TUESDAY, TUESDAY):
    nodes = pipeline.run(documents=day)
    print(f"{len(nodes)} of {len(day)} new:", *(node.ref_doc_id for node in nodes))
