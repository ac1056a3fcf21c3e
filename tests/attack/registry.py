"""What an attack is, and where all of them are found."""

import pkgutil
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from importlib import import_module
from typing import Any, TypeAlias

from tests.support.database import Database, Databases
from tests.support.node import Node
from tests.support.site import Site, open_site


@dataclass(frozen=True)
class Outcome:
    """How an attack ended. ``held``: the site is as it was, or the harm was found."""

    held: bool
    words: str


def refused(by: str) -> Outcome:
    """Return that *by* did not let it happen."""
    return Outcome(held=True, words=f"refused by {by}")


def found(by: str) -> Outcome:
    """Return that it happened and *by* named it."""
    return Outcome(held=True, words=f"found by {by}")


def got_through(how: str) -> Outcome:
    """Return that nobody stopped or found it."""
    return Outcome(held=False, words=f"GOT THROUGH: {how}")


@dataclass
class Ground:
    """What one attack finds before it. ``database`` is its own; the node is everybody's."""

    server: Databases
    database: Database
    start_node: Callable[[], Node]

    def site(self, **options: Any) -> AbstractAsyncContextManager[Site]:
        """Return a platform on the database, as :func:`tests.support.site.open_site` does."""
        return open_site(self.database, **options)

    def node(self) -> Node:
        """Return a demonstration node in processes of its own, started by whoever asks first."""
        return self.start_node()


Attempt: TypeAlias = Callable[[Ground], Awaitable[Outcome]]


@dataclass(frozen=True)
class Attack:
    """One thing that somebody tries: in a sentence, and in earnest."""

    name: str
    kind: str
    attempt: Attempt


_ATTACKS: list[Attack] = []


def attack(name: str) -> Callable[[Attempt], Attempt]:
    """Register the function below as an attack that is called *name*."""

    def register(attempt: Attempt) -> Attempt:
        _ATTACKS.append(Attack(name, attempt.__module__.rpartition(".")[2], attempt))
        return attempt

    return register


def add(name: str, kind: str, attempt: Attempt) -> None:
    """Register one of many attacks that differ only in what they say."""
    _ATTACKS.append(Attack(name, kind, attempt))


def attacks() -> list[Attack]:
    """Return every attack of every module here, in order."""
    package = import_module("tests.attack")
    for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda each: each.name):
        if not module.name.startswith("test_"):
            import_module(f"tests.attack.{module.name}")
    return list(_ATTACKS)
