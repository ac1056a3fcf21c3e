"""What one context may ask another: a typed question, answered where the knowledge lives."""

from dataclasses import dataclass
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Question(Generic[Answer]):
    """A question by its name, such as ``"people.person"``, with the type of its answer.

    The asked context declares it among its facts and answers it in ``tables.py``; the
    composition root joins the two. Every answer is for one organisation and one key.
    """

    name: str
