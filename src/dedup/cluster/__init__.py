"""Stages of deduplication for an engine that spreads Arrow batches over machines.

Each stage is a function from Arrow record batches to Arrow record batches; the engine sorts, groups
and joins what is between them. ``dedup.adapters.spark`` connects them. The decisions are those of
``dedup.deduplicate``: docs/decisions/0027-cluster.md says why.
"""
