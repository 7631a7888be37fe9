"""``lazy``: a value worked out at the first look and kept by its object, as ``functools.cached_property`` keeps it.

Before Python 3.12 that one takes a lock at each first look, which costs more than most of what the stories keep. Two
threads that look at the same time may both work it out; it is the same value.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar, overload

Value = TypeVar("Value")


class lazy(Generic[Value]):  # noqa: N801 -- a decorator, written like property
    """Decorates a method without arguments of a class whose objects have a ``__dict__``, frozen ones among them."""

    def __init__(self, make: Callable[[Any], Value]) -> None:
        self._make = make
        self._name = make.__name__
        self.__doc__ = make.__doc__

    @overload
    def __get__(self, owner: None, kind: type | None = None) -> Self: ...
    @overload
    def __get__(self, owner: object, kind: type | None = None) -> Value: ...
    def __get__(self, owner: object | None, kind: type | None = None) -> Self | Value:
        if owner is None:
            return self
        value = owner.__dict__[self._name] = self._make(owner)
        return value
