"""Why keys cannot be had, in a sentence that says what to do."""


class VaultTrouble(Exception):
    """The keys cannot be opened or changed. Its text is for whoever stands at the console."""
