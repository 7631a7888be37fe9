"""Turns what pydantic found in a policy file into lines a person can act on: file, line, key, given, allowed.

``allowed(text)`` is the last word of every value type of ``models.policy``: whatever is wrong with the value,
the message is what would be right.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, get_args

from pydantic import BaseModel, ValidationError, WrapValidator
from pydantic_core import ErrorDetails, PydanticCustomError

from models.policy_file import Document, KeyPath

LONGEST_GIVEN = 80
_KEY = "[key]"
_NOT_A_TABLE = frozenset({"model_type", "model_attributes_type", "dict_type", "mapping_type"})


@dataclass(frozen=True)
class AllowedWords(WrapValidator):
    """A validator that can say in words what is allowed."""

    words: str = ""


def allowed(text: str) -> WrapValidator:
    """A validator that says ``text`` (what is allowed) for any fault of the value it stands around."""

    def check(value: Any, handler: Callable[[Any], Any]) -> Any:
        try:
            return handler(value)
        except ValidationError:
            raise PydanticCustomError("not_allowed", text) from None

    return AllowedWords(check, words=text)


def problems(error: ValidationError, document: Document, model: type[BaseModel]) -> list[str]:
    """Every problem of the document once, in the order of its lines."""
    found: dict[str, int] = {}
    for detail in error.errors(include_url=False):
        path, rest = _written(detail["loc"], document.content)
        line = document.line(path)
        found.setdefault(f"{document.name}:{line}: {_sentence(detail, path, rest, document, model)}", line)
    return sorted(found, key=lambda text: found[text])


def _sentence(
    detail: ErrorDetails, path: KeyPath, rest: tuple[str | int, ...], document: Document, model: type[BaseModel]
) -> str:
    kind, message = detail["type"], detail["msg"]
    if kind == "missing":
        return f"{dotted((*path, *rest[-1:]))} is missing"
    if kind == "extra_forbidden":
        noun, names = _names(model, detail["loc"][:-1])
        return f"{dotted(path)} is not a {noun}; allowed: {', '.join(names)}"
    if rest[-1:] == (_KEY,):
        return f"{dotted(path)} is not {message}"
    if kind == "inconsistent":
        return f"{dotted(path)}: {message}"
    if kind in _NOT_A_TABLE:
        message = "a table"
    return f"{dotted(path)} = {_given(_at(document.content, path))} cannot be used; allowed: {message}"


def dotted(path: KeyPath) -> str:
    """``roles.status.complete``; keys that are no bare TOML keys are quoted, list elements count from 0."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            plain = part.isascii() and part.replace("-", "").replace("_", "").isalnum()
            text += ("." if text else "") + (part if plain else json.dumps(part, ensure_ascii=False))
    return text


def _written(loc: Iterable[str | int], content: Any) -> tuple[KeyPath, tuple[str | int, ...]]:
    """Split pydantic's location: what is written in the document, and what only the model knows."""
    path: list[str | int] = []
    rest: list[str | int] = []
    for part in loc:
        in_list = isinstance(content, list) and isinstance(part, int) and part < len(content)
        if in_list or (isinstance(content, dict) and part in content):
            content = content[part]
            path.append(part)
        else:
            rest.append(part)
    return tuple(path), tuple(rest)


def _at(content: Any, path: KeyPath) -> object:
    for part in path:
        content = content[part]
    return content


def _given(value: object) -> str:
    if isinstance(value, Decimal):
        return str(value)
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST_GIVEN else f"{text[:LONGEST_GIVEN]}…"


def _names(model: type[BaseModel], loc: Iterable[str | int]) -> tuple[str, list[str]]:
    """The noun and the names of the keys allowed in the table at ``loc``."""
    kind: Any = model
    for part in loc:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            kind = _fields(kind)[str(part)]
        else:
            kind = get_args(kind)[-1 if _origin_is_mapping(kind) else 0]
        while hasattr(kind, "__metadata__"):  # Annotated
            kind = get_args(kind)[0]
    noun = getattr(kind, "noun", "key")
    return noun, sorted(_fields(kind))


def _origin_is_mapping(kind: Any) -> bool:
    return issubclass(getattr(kind, "__origin__", object), Mapping)


def _fields(model: type[BaseModel]) -> dict[str, Any]:
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}
