"""Blocks that recur in many texts, such as sign-up lines: ``dedup.deduplicate_blocks``.

- ``deduplicate_blocks.py``: the function and its result
- ``patterns.py``: the rules, and the list of patterns with their counts
- ``recurrence.py``: decides which groups of blocks are boilerplate, and where they are removed
- ``groups.py``: groups blocks with the same words, exactly or nearly
"""
