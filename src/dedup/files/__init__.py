"""Files and streams: read as bytes, decoded, and written atomically.

- ``location.py``: a local path, or an address
- ``address.py``: a remote object, used like a path
- ``remote_stores.py``: the library of an address, and why a request failed
- ``downloads.py``: local copies of remote objects
- ``uploads.py``: remote outputs that appear when a job is complete
- ``source.py``: an input as a stream of decompressed bytes
- ``compression.py``: detects compressed files, reads and writes them
- ``decoding.py``: bytes to text and back, without loss
- ``listing.py``: the files below a folder or of a pattern
- ``targets.py``: plans the paths of outputs, and checks them before anything is read
- ``staged.py``: outputs that appear together, complete or not at all
- ``staged_output.py``: one output file, and how its move is undone
- ``journal.py``: finds the outputs of a killed run
- ``syncing.py``: writes files and folders to the disk (fsync)
- ``spool.py``: texts in a temporary file
- ``standard_streams.py``: standard input and output, devices, pipes, signals
"""
