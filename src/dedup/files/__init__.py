"""Files and streams: read as bytes, decoded, and written atomically.

- ``source.py``: an input as a stream of decompressed bytes
- ``compression.py``: detects compressed files, reads and writes them
- ``decoding.py``: bytes to text and back, without loss
- ``listing.py``: the files below a folder or of a pattern
- ``targets.py``: plans the paths of outputs, and checks them before anything is read
- ``staged.py``: outputs that appear together, complete or not at all
- ``spool.py``: texts in a temporary file
- ``standard_streams.py``: standard input and output, devices, pipes, signals
"""
