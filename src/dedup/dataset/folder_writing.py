"""Read folders of text again, and write what stays of them: files as they were, or cleaned."""

from collections.abc import Sequence
from operator import ne

from dedup.dataset.changes import Changes
from dedup.dataset.folders import FolderOutput
from dedup.dataset.job import ASIDE, GO, STAY, Found
from dedup.dataset.ledger import FileLedger
from dedup.dataset.outputs import Shards
from dedup.dataset.rows import changed
from dedup.errors import InputError
from dedup.io.listing import listing_of
from dedup.io.text_files import FilesSource, TextFiles


def write_folders(
    form: TextFiles, found: Found, outputs: Sequence[FolderOutput], ledger: Shards | None
) -> int:
    """Write the files of all inputs that stay, and what was done with each to the ledger.

    Returns
    -------
    int
        How many files were written.

    Raises
    ------
    InputError
        When a folder is no longer what it was when it was read.
    """
    changes = Changes(found.rows, found.decisions, found.options.text_key, found.memory)
    log = FileLedger(ledger, found) if ledger else None
    actions, count = found.actions, 0
    for read, output in zip(found.rows.own, outputs, strict=True):
        source = FilesSource(found.files or listing_of(read.path))
        names = map(found.rows.name, read.rows)
        if len(source.names) != len(read.rows) or any(map(ne, source.names, names)):
            raise changed(read.path)
        for row, (name, data) in zip(read.rows, source, strict=True):
            action = int(actions[row])
            if action in (GO, ASIDE):
                output.leave_out(name)
            elif action == STAY:
                output.add(name, data)
            else:
                (text,) = changes.texts(row).values()
                try:
                    output.add(name, form.with_text(data, text, name))
                except InputError as error:  # it was text when it was read
                    raise changed(read.path) from error
            count += action not in (GO, ASIDE)
            if log:
                log.add(row, action, data)
        if source.fingerprint != read.fingerprint:
            raise changed(read.path)
    if ledger:
        ledger.close()
    return count
