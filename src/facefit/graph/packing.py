"""Packing a flatbuffer of much data and many small tables: what the flatbuffers package writes, byte for byte, sooner.

The package's builder copies constants from buffer to buffer and places tables field by field, which was most of an
export's time. Layout as in https://flatbuffers.dev/internals: tables are written from the end of the file to its start,
and each points to a vtable that says where its fields are.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Sequence
from typing import Any, NamedTuple

import flatbuffers

_ALIGNMENT = 16
_WIDTHS = {"?": 1, "b": 1, "B": 1, "I": 4, "O": 4}
_CODES = {"O": "I"}


class _Layout(NamedTuple):
    """Where the fields of a table are: format of the table, vtable in the builder's own terms, distances of fields from
    the table's end, in the order given."""

    form: struct.Struct
    vtable: tuple[int, ...]
    places: tuple[int, ...]


class Builder(flatbuffers.Builder):  # type: ignore[misc]
    """Leaves large data out: it keeps room for them, in memory that takes none until it is written to, and `parts` has
    them in their places."""

    def __init__(self, size: int) -> None:
        super().__init__(0)
        self.Bytes, self.head = mmap.mmap(-1, size), size
        self._left_out: list[tuple[int, memoryview]] = []
        self._layouts: dict[Any, _Layout] = {}
        self._numbers: dict[Any, tuple[int, bytes]] = {}

    def leave_out(self, data: memoryview) -> int:
        """A vector of bytes at an aligned place, its content left out."""
        self.StartVector(1, len(data), _ALIGNMENT)
        self.head -= len(data)
        self._left_out.append((self.Offset(), data))
        return int(self.EndVector())

    def parts(self) -> list[memoryview]:
        """The file, from its first byte to its last."""
        room, at, parts = memoryview(self.Bytes), self.head, []
        for offset, data in reversed(self._left_out):
            start = len(room) - offset
            parts += [room[at:start], data]
            at = start + len(data)
        return [*parts, room[at:]]

    def vector(self, count: int, data: bytes) -> int:
        """A vector of whole numbers of at most four bytes, or a string with its zero, which does not count."""
        size = len(data) + (-(self.Offset() + len(data)) & 3)
        self.Prep(1, size + 4)
        self.head -= size + 4
        self.Bytes[self.head : self.head + 4 + len(data)] = count.to_bytes(4, "little") + data
        return int(self.Offset())

    def int32s(self, values: Sequence[int]) -> int:
        """A vector of int32."""
        return self.vector(len(values), struct.pack(f"<{len(values)}i", *values))

    def text(self, text: str) -> int:
        """A string."""
        data = text.encode()
        return self.vector(len(data), data + b"\0")

    def table(self, fields: Sequence[tuple[int, str, int | None]]) -> int:
        """A table of the given fields: slot, kind and value, in the order in which they are placed.

        Kinds are those of `struct`, and "O" for the offset of something already written. A field without a value, or
        with 0, is left out: all that are written so have 0 as their default.
        """
        given = [(slot, kind, value) for slot, kind, value in fields if value]
        end = self.Offset()
        key = (*((slot, kind) for slot, kind, _ in given), end & 3)
        layout = self._layouts.get(key) or self._layouts.setdefault(key, _laid_out(key[:-1], end & 3))
        values = [
            end + place - value if kind == "O" else value
            for place, (_, kind, value) in zip(layout.places, given, strict=True)
        ]
        return self._placed(layout.vtable, layout.form, values[::-1])

    def numbers(self, options: Any) -> int:
        """A table of numbers alone, from the schema's object; equal ones at like places have equal bytes."""
        end = self.Offset()
        key = (type(options), *vars(options).values(), end & 7)
        if key not in self._numbers:
            start = int(options.Pack(self))
            at = len(self.Bytes) - start
            (distance,) = struct.unpack_from("<i", self.Bytes, at)
            self._numbers[key] = (start + distance, self.Bytes[at + 4 : len(self.Bytes) - end])
            return start
        vtable, content = self._numbers[key]
        self.Prep(1, len(content) + 4)
        self.head -= len(content) + 4
        start = self.Offset()
        self.Bytes[self.head : self.head + 4 + len(content)] = struct.pack("<i", vtable - start) + content
        return int(start)

    def _placed(self, vtable: tuple[int, ...], form: struct.Struct, values: Sequence[int]) -> int:
        self.Prep(1, form.size)
        self.head -= form.size
        head, start = self.head, self.Offset()
        if vtable not in self.vtables:
            sizes = [2 * len(vtable) + 2, *vtable[::-1]]
            self.Prep(1, sizes[0])
            self.head -= sizes[0]
            struct.pack_into(f"<{len(sizes)}H", self.Bytes, self.head, *sizes)
            self.vtables[vtable] = self.Offset()
            head = len(self.Bytes) - start
        form.pack_into(self.Bytes, head, self.vtables[vtable] - start, *values)
        return int(start)


def _laid_out(fields: Sequence[tuple[int, str]], end: int) -> _Layout:
    """The layout of a table of slots and kinds that ends so many bytes beyond a multiple of four."""
    at, form, places = end, "", []
    for _, kind in fields:
        width = _WIDTHS[kind]
        gap = -at & (width - 1)
        at += gap + width
        places.append(at - end)
        form = f"{_CODES.get(kind, kind)}{gap}x{form}"
    gap = -at & 3
    start = at + gap + 4 - end
    slots = {slot: start - place for (slot, _), place in zip(fields, places, strict=True)}
    vtable = tuple(slots.get(slot, 0) for slot in range(max(slots, default=-1), -1, -1))
    return _Layout(struct.Struct(f"<i{gap}x{form}"), (*vtable, start), tuple(places))
