"""Spans that repeat earlier ones, wherever lines and paragraphs end: ``dedup.find_spans``.

- ``find_spans.py``: the function and its result
- ``windows.py``: finds repeated windows of tokens, and merges them into spans
- ``sentence_cuts.py``: cuts spans back to sentence ends
- ``cut_ranges.py``: turns spans of tokens into the bytes to cut out
"""
