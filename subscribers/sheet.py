"""A CSV file that a person or an office gives: its encoding and delimiter found, its header checked."""

import csv
import io
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from store.errors import BadCell, InputError, RowsError
from subscribers.folding import fold


@dataclass(frozen=True)
class Row:
    """``line`` is where the row begins, counted from 1; ``cells`` are stripped texts by column."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Sheet:
    # Column -> its heading as the file writes it.
    headings: Mapping[str, str]
    rows: tuple[Row, ...]
    # Rows that are not as wide as the header.
    bad: tuple[BadCell, ...]


def read_sheet(
    data: bytes, file: str, headings: Mapping[str, str], required: Collection[str], *, more: bool = False
) -> Sheet:
    """Read UTF-8 (with or without its mark) or Windows-1250, delimited by ``,`` or ``;``.

    ``headings`` are the accepted headings and the columns they stand for; case, diacritics and _ do not matter.
    Other headings are refused, unless ``more``. Blank lines are passed over.
    Raises RowsError for a bad header, InputError for what is not such a file at all.
    """
    lines = _lines(_decoded(data, file), file)
    header_line, header = next(lines, (1, []))
    columns = _columns(header, {_key(heading): column for heading, column in headings.items()})
    if problems := _header_problems(header_line, header, columns, required, more=more):
        raise RowsError(file, problems)
    named = {column: heading.strip() for column, heading in zip(columns, header, strict=True) if column}
    rows, bad = _rows(lines, columns)
    return Sheet(named, tuple(rows), tuple(bad))


def _decoded(data: bytes, file: str) -> str:
    for encoding in ("utf-8-sig", "cp1250"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise InputError(f"{file} is neither UTF-8 nor Windows-1250 text", mend="save it as CSV UTF-8")


def _lines(text: str, file: str) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not blank, with the line where it begins."""
    first = text.lstrip().partition("\n")[0]
    delimiter = ";" if first.count(";") >= first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield begins, cells
            begins = reader.line_num + 1
    except csv.Error as error:
        raise InputError(f"{file}, line {begins}: not CSV: {error}", mend="see the quotes there") from error


def _key(heading: str) -> str:
    return fold(heading.replace("_", " "))


def _columns(header: list[str], known: Mapping[str, str]) -> list[str | None]:
    return [known.get(_key(heading)) for heading in header]


def _header_problems(
    line: int, header: list[str], columns: list[str | None], required: Collection[str], *, more: bool
) -> list[BadCell]:
    unknown = [heading for heading, column in zip(header, columns, strict=True) if column is None]
    twice = sorted({column for column in columns if column and columns.count(column) > 1})
    return [
        *(BadCell(line, heading.strip() or "(empty)", "unknown column") for heading in unknown if not more),
        *(BadCell(line, column, "this column is there twice") for column in twice),
        *(BadCell(line, column, "this column is missing") for column in required if column not in columns),
    ]


def _rows(lines: Iterator[tuple[int, list[str]]], columns: list[str | None]) -> tuple[list[Row], list[BadCell]]:
    rows, bad = [], []
    for line, cells in lines:
        if len(cells) != len(columns):
            bad.append(BadCell(line, "row", f"{len(cells)} cells, but {len(columns)} columns"))
            continue
        named = zip(columns, cells, strict=True)
        rows.append(Row(line, {column: cell.strip(" \t\u00a0") for column, cell in named if column}))
    return rows, bad
