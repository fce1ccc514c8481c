"""A persistent index of kept texts, which decides whether new texts repeat them.

``index.Index.add`` uses these files:

- ``validate`` checks arguments, and that settings are those of the existing index.
- ``batch`` cuts texts into batches, and hashes them to shingles, fingerprints and index keys.
- ``write`` replays repeated batches, removes the old texts of updates, calls ``decide``, and
  inserts the kept texts.
- ``decide`` finds exact copies, calls ``lookup``, and compares each text with its candidates.
- ``lookup`` finds candidates, the kept texts that may be similar, by shared keys.
- ``posting_lists`` reads posting lists from a store, for ``decide`` and ``lookup``.

``stream`` filters a stream of items through an index, ``check`` verifies a whole index,
``indexed_texts`` reads its texts by id or in order, and ``index_result`` has the results.
``stores`` keeps records and posting lists in SQLite or PostgreSQL; it does not compare texts.
"""
