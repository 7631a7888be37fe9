"""Where a request finds the figures: the process's one ``Reader``."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from fastapi import Depends, Request

from service.reading import Reader


def reader_of(request: Request) -> Reader:
    """The reader of the process that serves this request; it lives at ``app.state.reader``."""
    reader = request.app.state.reader
    if not isinstance(reader, Reader):
        raise TypeError("app.state.reader is no Reader: the application was put together wrongly")
    return reader


Figures: TypeAlias = Annotated[Reader, Depends(reader_of)]
