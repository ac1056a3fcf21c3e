"""Asking whoever stands at the console."""

from typing import Protocol

from standfast.vault.trouble import VaultTrouble


class Ask(Protocol):
    """Puts a question to a person and returns what they typed; hidden when *secret*."""

    def __call__(self, question: str, *, secret: bool) -> str: ...


def nobody(question: str, *, secret: bool) -> str:
    """Stand in where nobody can be asked."""
    del secret
    raise VaultTrouble(
        f"The keys are sealed and nobody is here to be asked ('{question}'). Start the node with "
        "`standfast up` at a terminal, or seal the keys with a credential of systemd's."
    )
