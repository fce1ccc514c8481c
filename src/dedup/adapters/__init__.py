"""Adapters for other libraries. Each one imports its library only when it is used.

- ``tables``: ``unique`` and ``annotate`` for frames of pandas, Polars, Arrow and Hugging Face.
- ``row_decisions``: decide which rows of a frame are kept; read and build each type of frame.
- ``hugging_face``: datasets and streams of Hugging Face, for ``tables``.
- ``aio``: ``unique`` for asynchronous streams.
- ``scrapy``: an item pipeline.
- ``llama_index``: a transformation for an ingestion pipeline.
- ``datatrove``: a filter for its pipelines.
- ``annotations``: the annotation fields, for the adapters of frameworks.
"""
