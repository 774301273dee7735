"""Read the records of a log one by one, however long it is: JSON lines, a JSON array, one document, packed or not."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import zlib
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import IO, Any, cast

from gencost.errors import PromptError
from gencost.traffic.logged import BadRecord

_CHUNK = 1 << 20
_decoded = json.JSONDecoder().decode
_ENDINGS = (
    ".jsonl",
    ".ndjson",
    ".json",
    ".log",
    ".txt",
    ".gz",
    ".bz2",
    ".xz",
    ".zst",
    ".csv",
    ".tsv",
    ".parquet",
    ".xlsx",
    ".eval",
    ".pb",
    ".bin",
)
Placed = tuple[str, Any]
"""The place of a record, file and line, and the record: plain JSON."""


class LogFileError(PromptError):
    """A file of a log cannot be read at all."""


def files_of(path: str) -> list[Path]:
    """List the files that a path names: itself, or those of a folder by name.

    Raises:
        LogFileError: there is no such file.
    """
    named = Path(path)
    if named.is_dir():
        files = sorted(it for it in named.rglob("*") if it.is_file() and it.suffix.lower() in _ENDINGS)
        if not files:
            raise LogFileError(f"{path}: the folder holds no log: {', '.join(_ENDINGS)}")
        return files
    if not named.is_file():
        raise LogFileError(f"{path}: there is no such file; working folder {Path.cwd()}")
    return [named]


def opened(file: Path) -> IO[bytes]:
    """Open a file, unpacked if it is packed by gzip, bzip2, xz or Zstandard.

    Raises:
        LogFileError: the package that unpacks it is missing.
    """
    with file.open("rb") as begins:
        sign = begins.read(6)
    unpack = next((it for start, it in _UNPACK.items() if sign.startswith(start)), None)
    return cast("IO[bytes]", file.open("rb") if unpack is None else unpack(file))


class _Zstandard(io.RawIOBase):
    """The content of a file that Zstandard packed."""

    def __init__(self, file: Path) -> None:
        try:
            self._package = import_module("zstandard")  # an extra
        except ImportError:
            raise LogFileError(f"{file}: packed by Zstandard, which needs a package: pip install zstandard") from None
        self._pieces, self._rest = self._unpacked(file), b""

    def _unpacked(self, file: Path) -> Iterator[bytes]:
        frame = self._package.ZstdDecompressor().decompressobj()
        with file.open("rb") as packed:
            while piece := packed.read(_CHUNK):
                while piece:  # a file may have several frames
                    if frame.eof:
                        frame = self._package.ZstdDecompressor().decompressobj()
                    yield frame.decompress(piece)
                    piece = frame.unused_data
        if not frame.eof:
            raise EOFError("it breaks off")

    def readable(self) -> bool:
        """Whether it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read on, see ``io.RawIOBase``."""
        try:
            while not self._rest and (piece := next(self._pieces, None)) is not None:
                self._rest = piece
        except self._package.ZstdError as error:
            raise OSError(str(error)) from None
        given, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(given)] = given
        return len(given)


_UNPACK: Mapping[bytes, Callable[[Path], Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\0": lzma.open,
    b"\x28\xb5\x2f\xfd": lambda file: io.BufferedReader(_Zstandard(file)),
}
PACKED = (".gz", ".bz2", ".xz", ".zst")
"""Endings behind that of what is packed."""


def records(file: Path) -> Iterator[Placed | BadRecord]:
    """Read the records of a file of JSON.

    Args:
        file: one record a line; or an array of them; or one document, which is a record.

    Yields:
        Objects with their places, and what cannot be read.

    Raises:
        LogFileError: the file cannot be opened or unpacked.
    """
    try:
        with opened(file) as content:
            yield from _read(file, content)
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise LogFileError(f"{file}: {getattr(error, 'strerror', None) or error}") from None


def _read(file: Path, content: IO[bytes]) -> Iterator[Placed | BadRecord]:
    first, number = content.readline(), 1
    while first and not first.strip(b" \t\r\n\xef\xbb\xbf"):
        first, number = content.readline(), number + 1
    first, second = first.lstrip(b"\xef\xbb\xbf"), content.readline()
    begins = first.lstrip()[:1]
    if (
        begins not in (b"{", b"[")
        or _is_one(first, dict)
        or (_is_one(second, dict) and not first.rstrip().endswith(b"["))
    ):
        yield from _lines(file, content, [first, second], number)
    elif begins == b"[":
        yield from _array(file, content, first + second)
    else:
        yield from _document(file, first + second + content.read())


def _is_one(line: bytes, kind: type) -> bool:
    """Whether a line is JSON of a kind by itself."""
    try:
        return isinstance(json.loads(line), kind)
    except (ValueError, RecursionError):
        return False


def _lines(file: Path, content: IO[bytes], begun: list[bytes], number: int) -> Iterator[Placed | BadRecord]:
    for at, line in enumerate(chain(begun, content), start=number):
        if line.strip():
            yield read_line(f"{file}:{at}", line)


def read_line(place: str, line: bytes) -> Placed | BadRecord:
    """Read one line that is to be an object."""
    try:
        value = _decoded(line.decode("utf-8", "surrogatepass"))
    except UnicodeDecodeError as error:
        return BadRecord(place=place, why=f"not UTF-8: {error.reason}")
    except (ValueError, RecursionError) as error:
        return BadRecord(place=place, why=f"not JSON: {getattr(error, 'msg', error)}")
    if not isinstance(value, dict):
        return BadRecord(place=place, why=f"an object is expected, not {type(value).__name__}")
    return place, value


def _document(file: Path, whole: bytes) -> Iterator[Placed | BadRecord]:
    """Read a file that is one object over many lines, or several such objects one after another."""
    try:
        rest = whole.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        yield BadRecord(place=str(file), why=f"not UTF-8: {error.reason}")
        return
    decoder, number = json.JSONDecoder(), 0
    while rest := rest.lstrip():
        try:
            value, end = decoder.raw_decode(rest)
        except (ValueError, RecursionError) as error:
            yield BadRecord(place=str(file), why=f"not JSON: {error}")
            return
        number, rest = number + 1, rest[end:]
        yield (
            (f"{file}#{number}", value)
            if isinstance(value, dict)
            else BadRecord(place=f"{file}#{number}", why="an object is expected")
        )


class _Text:
    """The text of an array as far as it was read, and how far it was used."""

    def __init__(self, content: IO[bytes], first: bytes) -> None:
        self._content, self._bytes = content, b""
        self.text, self.at, self.ended = "", 0, False
        self._take(first)

    def more(self) -> None:
        """Read on; the more, the longer the element that is not whole yet."""
        chunk = self._content.read(max(_CHUNK, len(self.text) - self.at))
        self.ended = not chunk
        self._take(chunk)

    def _take(self, chunk: bytes) -> None:
        piece, self._bytes = _whole_characters(self._bytes + chunk)
        self.text, self.at = self.text[self.at :] + piece, 0

    def to_next(self) -> str:
        """Go to the next character that is neither space nor comma; empty at the end."""
        while self.at < len(self.text) and self.text[self.at] in " \t\r\n,":
            self.at += 1
        return self.text[self.at : self.at + 1]


def _array(file: Path, content: IO[bytes], first: bytes) -> Iterator[Placed | BadRecord]:
    """Read the elements of an array one by one; those after a broken element are lost."""
    decoder, number = json.JSONDecoder(), 0
    source = _Text(content, first.lstrip()[1:])
    while source.to_next() != "]":
        place = f"{file}[{number}]"
        try:
            value, source.at = decoder.raw_decode(source.text, source.at)
        except (ValueError, RecursionError):  # it may not be whole yet
            if source.ended:
                yield BadRecord(place=place, why="not JSON, or the array breaks off here")
                return
            source.more()
            continue
        number += 1
        yield (place, value) if isinstance(value, dict) else BadRecord(place=place, why="an object is expected")


def _whole_characters(data: bytes) -> tuple[str, bytes]:
    """Decode all but the bytes of a character that is not whole yet; what is not UTF-8 becomes U+FFFD."""
    for cut in range(min(4, len(data) + 1)):
        head = data[: len(data) - cut]
        try:
            return head.decode(), data[len(data) - cut :]
        except UnicodeDecodeError:
            continue
    return data.decode("utf-8", "replace"), b""
