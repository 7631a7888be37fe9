"""Text that is kept compressed, and to which more can be joined without compressing it again.

A gzip member (RFC 1952) is a header, blocks of deflate and a checksum that can be continued. So the blocks of the big
part are kept without a last one; those of the rest follow, and what results is one member, which every client reads.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from struct import Struct

_LEVEL = 1
"""Metrics are so repetitive that more work saves little."""
_RAW = -zlib.MAX_WBITS
_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x04\xff"  # no name, no time: the same text gives the same bytes
_CHECK = Struct("<II")


@dataclass(frozen=True, slots=True)
class Packed:
    """A text: its checksum and size, and its blocks without a last one."""

    checksum: int
    size: int
    blocks: bytes

    @classmethod
    def of(cls, text: bytes) -> Packed:
        """Compress a text."""
        press = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW)
        return cls(zlib.crc32(text), len(text), press.compress(text) + press.flush(zlib.Z_FULL_FLUSH))

    @classmethod
    def load(cls, stored: bytes) -> Packed:
        """What ``dump`` gave."""
        checksum, size = _CHECK.unpack_from(stored)
        return cls(checksum, size, stored[_CHECK.size :])

    def dump(self) -> bytes:
        """As one row holds it."""
        return _CHECK.pack(self.checksum, self.size) + self.blocks

    def text(self) -> bytes:
        """The text itself."""
        return zlib.decompressobj(_RAW).decompress(self.blocks)

    def gzip(self, rest: bytes = b"") -> bytes:
        """The text and what is joined to it, as a body of ``Content-Encoding: gzip``."""
        press = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW)
        last = press.compress(rest) + press.flush()
        check = _CHECK.pack(zlib.crc32(rest, self.checksum), (self.size + len(rest)) & 0xFFFF_FFFF)
        return b"".join((_HEADER, self.blocks, last, check))
