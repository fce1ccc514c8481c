"""Stores: the records and posting lists of an index, in the tables of a database.

- ``store``: ``Store``, the interface to the index; it reads and writes records and settings;
- ``sorted_runs``, ``merging``: posting lists as sorted runs of pages (a log-structured merge tree);
- ``pages``, ``postings``: pages of compressed postings, each of which is a key and a row;
- ``records``, ``text_codec``, ``checksums``: records, and how they are compressed and checked;
- ``database``: the tables, and the interface of a database;
- ``sqlite_file``, ``postgres``, ``opening``: the two databases, and how an address selects one.
"""
