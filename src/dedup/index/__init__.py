"""A persistent index of kept texts, which decides whether new texts repeat them.

``index.Index.add`` passes texts through these files, in this order:

- ``validate``: checks arguments, and that settings are those of the existing index;
- ``batch``: hashes a batch of texts to shingles, fingerprints and index keys;
- ``lookup``: finds candidates, the kept texts that may be similar, by shared keys;
- ``posting_lists``: the posting lists that ``lookup`` reads from a store;
- ``decide``: compares texts with their candidates, and decides which are kept;
- ``write``: inserts kept texts, replaces updated texts, and replays repeated batches.

``stream`` filters a stream of items through an index, ``check`` verifies a whole index, and
``index_result`` has the results. ``stores`` keeps records and posting lists in SQLite or
PostgreSQL; it does not compare texts.
"""
