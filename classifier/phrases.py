"""The little language of `phrasebook/*.toml`: phrases over words and classes of words, as regular expressions.

Every word that any phrase names gets a letter of its own, so a message becomes a short string of letters and
a phrase an ordinary regular expression over it. That is what makes several thousand phrases cheap: `spacy.Matcher`
tries each pattern at each token, this tries only phrases whose rarest word stands in the message.

    word        itself, in tidied form                CLASS      any word of that class (words.toml)
    a|b         either                                (a b | c)  either sequence
    x?          perhaps                               ..3        up to three words between
    ^  $        start and end of a sentence
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

_PIECES = re.compile(r"\.\.\d+|[()?^$]|\|(?=\s)|(?:[^\s()?|]|\|(?=\S))+")
_SOFT = ",?"
_COMMON_WORDS = """
a an and the to of in on at it is was i we me us my our you your he she they that this for be have has had do
did not no with but so can will would been are if up out as all just get got there
"""
COMMON = frozenset(_COMMON_WORDS.split())


class PhraseError(ValueError):
    """A phrase that cannot be read; says which."""


@dataclass(frozen=True, slots=True)
class Node:
    """A piece of a phrase: its expression, and two sets of letters that any match must touch."""

    expression: str
    needs: tuple[frozenset[str], ...] = ()


@dataclass(frozen=True, slots=True)
class Phrase:
    """A compiled phrase; `rarest` and `also` must both be touched by a text before `find` is worth trying."""

    source: str
    find: Callable[[str], Iterator["re.Match[str]"]]
    rarest: frozenset[str]
    also: frozenset[str]


class Alphabet:
    """Gives each word its letter; `members` resolves a word or class name to letters."""

    OTHER, SOFT, END, QUESTION = ".", ",", "|", "?"
    NUMBER, OLD_AGE, YEAR = "0", "9", "2"
    SHAPES: ClassVar[dict[str, str]] = {"QMARK": "?", "NUM": "092", "AGE_OLD": "9", "YEAR": "2"}

    def __init__(self, classes: dict[str, list[str]]) -> None:
        self._classes = classes
        self.letters: dict[str, str] = {}
        self.weights: dict[str, int] = {}

    def letter(self, word: str) -> str:
        if word not in self.letters:
            self.letters[word] = made = chr(0xE000 + len(self.letters))
            self.weights[made] = 30 if word in COMMON else 1
        return self.letters[word]

    def members(self, name: str) -> frozenset[str]:
        if name in self.SHAPES:
            return frozenset(self.SHAPES[name])
        if name in self._classes:
            return frozenset().union(*(self.members(word) for word in self._classes[name]))
        if name.isupper() and len(name) > 1:
            raise PhraseError(f"There is no class of words called {name}.")
        return frozenset(self.letter(name))

    def class_names(self) -> list[str]:
        return [*self._classes, *self.SHAPES]

    def weight(self, letters: frozenset[str]) -> int:
        return sum(self.weights.get(letter, 10) for letter in letters)


def compile_phrase(source: str, alphabet: Alphabet) -> Phrase:
    """Raises PhraseError when the phrase has no word that could be looked for, or does not parse."""
    pieces = _PIECES.findall(source)
    node, rest = _sequence(pieces, alphabet)
    if rest or not node.needs:
        raise PhraseError(f"Cannot read the phrase {source!r}.")
    ordered = sorted(node.needs, key=alphabet.weight)
    return Phrase(source, re.compile(node.expression).finditer, ordered[0], ordered[min(1, len(ordered) - 1)])


def _sequence(pieces: Sequence[str], alphabet: Alphabet) -> tuple[Node, Sequence[str]]:
    nodes: list[Node] = []
    while pieces and pieces[0] not in (")", "|"):
        node, pieces = _piece(pieces, alphabet)
        if pieces and pieces[0] == "?":
            node, pieces = Node(f"(?:{node.expression})?"), pieces[1:]
        nodes.append(node)
    return Node(
        _SOFT.join(node.expression for node in nodes), tuple(need for node in nodes for need in node.needs)
    ), pieces


def _piece(pieces: Sequence[str], alphabet: Alphabet) -> tuple[Node, Sequence[str]]:
    head, rest = pieces[0], pieces[1:]
    if head == "(":
        return _group(rest, alphabet)
    if head == "^":
        return Node(r"(?:(?<=[|?])|^)"), rest
    if head == "$":
        return Node(r"(?=[|?]|$)"), rest
    if head.startswith(".."):
        return Node(rf"[^|?]{{0,{int(head[2:])}}}?"), rest
    letters = frozenset().union(*(alphabet.members(name) for name in head.split("|")))
    return Node("[" + re.escape("".join(sorted(letters))) + "]", (letters,)), rest


def _group(pieces: Sequence[str], alphabet: Alphabet) -> tuple[Node, Sequence[str]]:
    branches: list[Node] = []
    while True:
        branch, pieces = _sequence(pieces, alphabet)
        branches.append(branch)
        if not pieces:
            raise PhraseError("A bracket is not closed.")
        closing, pieces = pieces[0], pieces[1:]
        if closing == ")":
            break
    needs: tuple[frozenset[str], ...] = ()
    if all(branch.needs for branch in branches):
        needs = (frozenset().union(*(min(branch.needs, key=alphabet.weight) for branch in branches)),)
    return Node("(?:" + "|".join(branch.expression for branch in branches) + ")", needs), pieces
