"""Somebody at the console."""


class Answers:
    """Somebody at the console who gives these answers, in this order."""

    def __init__(self, *answers: str) -> None:
        self._left = list(answers)
        self.asked: list[str] = []

    def __call__(self, question: str, *, secret: bool) -> str:
        del secret
        self.asked.append(question)
        return self._left.pop(0)
