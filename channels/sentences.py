"""A sentence for a person that can still be said in another language."""

from typing import Self


class Sentence(str):
    """`Sentence("%(count)s files", count=3)` reads as English and keeps its pattern for a translator."""

    __slots__ = ("pattern", "values")

    pattern: str
    values: dict[str, object]

    def __new__(cls, pattern: str, **values: object) -> Self:
        said = super().__new__(cls, pattern % values if values else pattern)
        said.pattern, said.values = pattern, values
        return said
