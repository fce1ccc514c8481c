"""Find copies among many texts.

The public functions, and the files behind them:

- ``deduplicate``: ``deduplicate`` keeps one text of each cluster of copies. Start reading there: it
  runs the stages below in order.
- ``near_duplicates``: all pairs of similar texts. ``pairs``: the pairs, and their graph.
- ``dedup_result``: the result of ``deduplicate``.
- ``decisions``: the file of a person's decisions on pairs of texts.
- ``minhash``: ``shingles``, ``minhash`` and ``to_datasketch``, for an index of another library.

Stage 1, sketch the texts:

- ``rows``: the texts as rows that are sketched in batches, then read again to be compared.
- ``batch_sketcher``: sketches batches of texts while further ones are read.
- ``bottom_sketch``: bottom-k sketches, for containment.
- ``lsh``: bands of MinHash signatures, for Jaccard similarity.

Stage 2, group exact copies:

- ``exact_copies``: rows with the same tokens and numbers, and their representative.

Stage 3, keep shared keys:

- ``shared_keys``: drops the keys that only one row has, and numbers the shared ones.

Stage 4, keep first:

- ``keep_first``: the decision rule. A row that repeats a kept row is removed.
- ``candidates``: the lookup of kept rows that share keys with a row.
- ``similarity``: the similarity measures, ``containment`` and ``jaccard``; ``similarity``.
- ``pair_rule``: which near copies stay all the same.
- ``numeric_variants``: near copies that stay because their numbers differ.
- ``page_variants``: near copies that stay because they share only the frame of a page.
- ``judged_pairs``: the pairs of rows that a person judged.
- ``elements``: a text as words and numbers, for ``numeric_variants``.
- ``numbers``: how numbers are read; their fingerprints.

Hot functions have a specification in numpy and plain Python, and a twin in C++. The twin is in
``src/native``, in a file of the same name, with these exceptions: ``sketches.cpp`` makes the
sketches of stage 1, ``signatures.inl`` the signatures of ``minhash``, ``matcher.cpp`` runs stage 4
and finds all pairs, and ``numeric_variants.cpp`` has the pair rule, too.
"""
