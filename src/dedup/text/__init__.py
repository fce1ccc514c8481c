"""From text to numbers: blocks, tokens, shingles and fingerprints.

- ``blocks.py``: cuts one text into blocks; finds the lines of a byte range
- ``block_table.py``: the blocks of many texts
- ``sentence_ends.py``: whether a sentence ends between two tokens
- ``unicode.py``: folding and kinds of code points
- ``recode.py``: rewrites code, whole texts and lists of tokens as words
- ``tokens.py``: tokens and their hashes
- ``shingles.py``: shingles and fingerprints
- ``mixing.py``: the mixer and the seeded constants of all hashes
- ``alphabet.py``: tables of the compiled tokenizer
- ``hashing.py``: tokens, shingles, signatures and fingerprints by the core or by numpy
- ``word_counts.py``: counts words of blocks
- ``wording.py``: formats counts for messages
"""
