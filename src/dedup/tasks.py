"""What the command does with its files: read, clean or restore, write, report."""

import sys
from dataclasses import dataclass
from pathlib import Path

from dedup.clean import clean
from dedup.config import Config
from dedup.document import CleanedDocument
from dedup.errors import ConfigError, InputError
from dedup.io.ledger import ledger_bytes, read_ledger, removals_of
from dedup.io.staged import StagedFiles
from dedup.io.targets import make_folder, plan_targets, refuse_overwriting
from dedup.io.text import STDIN, Errors, Text, TextFormat, read_bytes
from dedup.ledger import Removal
from dedup.ledger import restore as put_back
from dedup.report.json import to_json
from dedup.report.terminal import print_table


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command was asked to do with its files.

    Raises
    ------
    ConfigError
        When two options contradict each other.
    """

    inputs: list[Path]
    output: Path | None = None
    in_place: bool = False
    backup_suffix: str = ".bak"
    dry_run: bool = False
    check: bool = False
    as_json: bool = False
    ledger: Path | None = None
    encoding: str = "utf-8"
    errors: Errors = "strict"
    quiet: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        if self.in_place and self.output:
            raise ConfigError("--in-place and --output exclude each other")
        if self.dry_run and (self.in_place or self.output or self.ledger):
            raise ConfigError("--dry-run writes nothing: leave out --output, --in-place, --ledger")
        if self.in_place and STDIN in self.inputs:
            raise ConfigError("--in-place needs files: standard input has no place")
        if "/" in self.backup_suffix:
            raise ConfigError(f"--backup-suffix must not hold a slash, got {self.backup_suffix}")
        if self.inputs.count(STDIN) > 1:
            raise ConfigError("standard input (-) can be read only once")

    @property
    def format(self) -> TextFormat:
        """How the files are encoded."""
        return TextFormat(self.encoding, self.errors)

    def targets(self) -> list[Path | None]:
        """Return the output file of each input, None for standard output."""
        if self.in_place:
            return list(self.inputs)
        if self.output is None:
            return [None] * len(self.inputs)
        targets = plan_targets(self.inputs, self.output)
        if targets != [self.output]:
            make_folder(self.output)
        return list(targets)


def clean_files(options: Options, config: Config) -> bool:
    """Clean every input; return whether any of them repeats itself."""
    removals: list[Removal] = []
    found = False
    targets = options.targets()
    _check_ledger(options, targets)
    with StagedFiles() as staged:
        for path, target in zip(options.inputs, targets, strict=True):
            text = _read(path, options.format)
            document = clean(text.text, config, document=str(path))
            found = found or bool(document.repeats)
            removals.extend(document.ledger if options.ledger else ())
            if target is not None and not (options.in_place and not document.repeats):
                _stage(staged, path, target, text.encode(document.text), options)
            _show(document, text, options, to_stdout=target is None)
        if options.ledger:
            staged.add(options.ledger, ledger_bytes(removals))
    return found


def restore_files(ledger: Path, options: Options) -> None:
    """Put back what a ledger says was removed from each input."""
    if options.dry_run or options.check or options.as_json or options.ledger:
        raise ConfigError("--restore goes with --output, --in-place, --encoding, --quiet only")
    removals = read_ledger(ledger)
    targets = options.targets()
    refuse_overwriting([ledger], [target for target in targets if target])
    with StagedFiles() as staged:
        for path, target in zip(options.inputs, targets, strict=True):
            text = _read(path, options.format)
            own = removals_of(text.text, removals, str(path))
            restored = text.encode(put_back(text.text, own))
            if target is None:
                _write_out(restored)
            else:
                _stage(staged, path, target, restored, options)
            _say(f"put back {len(own):,} pieces", path, options)


def _read(path: Path, form: TextFormat) -> Text:
    name = "standard input" if path == STDIN else str(path)
    return form.decode(read_bytes(path), name)


def _stage(staged: StagedFiles, path: Path, target: Path, data: bytes, options: Options) -> None:
    if options.in_place and options.backup_suffix:
        staged.back_up(path, path.with_name(path.name + options.backup_suffix))
    staged.add(target, data)


def _check_ledger(options: Options, targets: list[Path | None]) -> None:
    if options.ledger is None:
        return
    if options.ledger == STDIN:
        raise InputError("-: the ledger needs a file of its own, standard output has the text")
    refuse_overwriting(options.inputs, [options.ledger])
    refuse_overwriting([target for target in targets if target], [options.ledger])


def _show(document: CleanedDocument, text: Text, options: Options, *, to_stdout: bool) -> None:
    with_text = to_stdout and not options.dry_run and not options.check
    if options.as_json:
        _write_out(to_json(document, with_text=with_text).encode() + b"\n")
    elif options.dry_run:
        print_table(document)
    elif with_text:
        _write_out(text.encode(document.text))
    _say(document.summary, Path(document.document), options)


def _write_out(data: bytes) -> None:
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def _say(summary: str, path: Path, options: Options) -> None:
    if not options.quiet:
        name = f"{path}: " if len(options.inputs) > 1 else ""
        sys.stderr.write(f"{name}{summary}\n")
