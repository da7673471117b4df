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
_KINDS = {"?": "Bool", "b": "Int8", "B": "Uint8", "I": "Uint32", "O": "UOffsetTRelative"}


class _Layout(NamedTuple):
    """How tables of the same fields lie in the file.

    Their format begins with the distance to `vtable`. `fields` are in the format's order, each by its index and, if it
    holds an offset, with the place from which that counts, in bytes before the table's end.
    """

    form: struct.Struct
    vtable: int
    fields: tuple[tuple[int, int | None], ...]


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
        if key not in self._layouts:
            start = self._first_table(given)
            self._layouts[key] = self._layout(start, end, given)
            return start
        form, vtable, places = self._layouts[key]
        self.Prep(1, form.size)
        self.head -= form.size
        values = [given[i][2] if place is None else end + place - given[i][2] for i, place in places]
        form.pack_into(self.Bytes, self.head, vtable - self.Offset(), *values)
        return int(self.Offset())

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

    def _first_table(self, fields: Sequence[tuple[int, str, int]]) -> int:
        """A table as the package writes it, for the layout of those that follow."""
        self.StartObject(1 + max((slot for slot, _, _ in fields), default=0))
        for slot, kind, value in fields:
            getattr(self, f"Prepend{_KINDS[kind]}Slot")(slot, value, 0)
        return int(self.EndObject())

    def _layout(self, start: int, end: int, fields: Sequence[tuple[int, str, int]]) -> _Layout:
        """The layout of the table between two offsets, which count from the end of the file."""
        at = len(self.Bytes) - start
        (distance,) = struct.unpack_from("<i", self.Bytes, at)
        fields_at = at - distance + 4  # in the vtable, after its size and that of the table
        places = [struct.unpack_from("<H", self.Bytes, fields_at + 2 * slot)[0] for slot, _, _ in fields]
        form, done = "<i", 4
        order = sorted(range(len(fields)), key=places.__getitem__)
        for i in order:
            code = fields[i][1].replace("O", "I")
            form += f"{places[i] - done}x{code}"
            done = places[i] + struct.calcsize(code)
        offsets = [start - end - places[i] if fields[i][1] == "O" else None for i in order]
        whole = struct.Struct(f"{form}{start - end - done}x")
        return _Layout(whole, start + distance, tuple(zip(order, offsets, strict=True)))
