"""Arrays and the machinery around them; nothing here knows about duplicates.

- ``array_types.py``: dtype aliases, ragged arrays, ranges of text
- ``packed.py``: packed texts, many texts in one UTF-8 buffer
- ``columns.py``: reads columns of texts of any library as packed texts
- ``tabular.py``: imports optional libraries; converts results to tables
- ``long_arrays.py``: sorts, searches and filters long arrays
- ``parallel.py``: runs work on rows on several threads
- ``memory.py``: allocates large arrays in RAM or on disk
- ``native.py``: chooses between the compiled core and numpy
"""
