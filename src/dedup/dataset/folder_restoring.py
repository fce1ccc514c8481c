"""Put folders of text together again, from the folder that was written and its ledger."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from dedup.dataset.folders import holds
from dedup.dataset.ledger import checked_name, from_json, lines_of
from dedup.errors import LedgerError, OutputError
from dedup.io.staged import StagedFiles
from dedup.io.text import STDIN, file_bytes
from dedup.io.text_files import FileDigest


def restore_folders(
    ledger: Path, written: Sequence[Path], target: str | Path | None, staged: StagedFiles
) -> list[Path]:
    """Put all files in a folder that the inputs had; return where they are.

    Parameters
    ----------
    written
        The folder that was written, alone.

    Raises
    ------
    LedgerError
        When the ledger is damaged, or belongs to another folder.
    InputError, OutputError
        When a file cannot be read or written.
    """
    if len(written) != 1 or not written[0].is_dir():
        raise LedgerError("belongs to a folder of texts: name the folder that was written, alone")
    if target is None:
        raise OutputError(
            f"{written[0]}: a folder is not put together again in place: give -o FOLDER, and move "
            "that there"
        )
    folder = Path(target)
    if folder == STDIN or (folder.exists() and not folder.is_dir()):
        raise OutputError("the files of a folder need one to go to: give -o FOLDER")
    if holds(written[0], folder) or holds(folder, written[0]):
        raise OutputError(f"{folder}: may not lie in {written[0]}, nor hold it")
    staged.make_folder(folder)
    lines = lines_of(ledger)
    targets = []
    for read in next(lines)["inputs"]:
        digest = FileDigest()
        for entry in islice(lines, int(read["records"])):
            name = checked_name(entry["file"])
            data = from_json(entry) if "kind" in entry else file_bytes(written[0] / name)
            digest.add(name, data)
            targets.append(folder / name)
            staged.make_folder(targets[-1].parent)
            staged.add(targets[-1], data)
        if digest.hexdigest() != read["xxh3_128"]:
            raise LedgerError(
                f"does not give {read['path']} as it was: it is cut off or belongs to another "
                "folder, or files in that were changed since"
            )
    return targets
