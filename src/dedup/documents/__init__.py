"""Repeats within one document: ``dedup.clean``.

- ``clean.py``: cuts a text into blocks and removes the repeated ones; cleans many texts
- ``cleaned_document.py``: the result, with its report and ledger
- ``block_matches.py``: matches each block with the kept blocks of the document
- ``block_runs.py``: finds the runs of repeated blocks that are long enough to be removed
- ``body_copy.py``: decides which of two copies of a paragraph is in the body, and kept
"""
