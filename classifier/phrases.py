"""The little language of `phrasebook/*.toml`: phrases over words and classes of words, as regular expressions.

Every word that any phrase names gets a letter of its own, so a message becomes a short string of letters and
a phrase an ordinary regular expression over it. That is what makes several thousand phrases cheap: `spacy.Matcher`
tries each pattern at each token, this tries only phrases whose rarest word stands in the message.

    word        itself, in tidied form                CLASS      any word of that class (words.toml)
    a|b         either                                (a b|c)    either sequence
    x?          perhaps                               ..3        up to three words between
    ^  $        start and end of a sentence
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

_PIECES = re.compile(r"\.\.\d+|[()?^$|]|[^\s()?|]+")
_SOFT = ",?"
_EDGES = {"^": r"(?:(?<=[|?])|^)", "$": r"(?=[|?]|$)"}
_COMMON_WORDS = """
a an and the to of in on at it is was i we me us my our you your he she they that this for be have has had do
did not no with but so can will would been are if up out as all just get got there
"""
COMMON = frozenset(_COMMON_WORDS.split())


def is_past(word: str) -> bool:
    """Whether a word looks like the past of a regular verb."""
    return len(word) > 4 and word.endswith("ed") and not word.endswith("eed")


class PhraseError(ValueError):
    """A phrase that cannot be read; says which."""


@dataclass(frozen=True, slots=True)
class Node:
    """A piece of a phrase: its expression, and two sets of letters that any match must touch."""

    expression: str
    needs: tuple[frozenset[str], ...] = ()


@dataclass(frozen=True)
class Phrase:
    """A phrase; `rarest` and `also` must both be touched by a text before `find` is worth trying."""

    source: str
    expression: str
    rarest: frozenset[str]
    also: frozenset[str]

    @cached_property
    def find(self) -> Callable[[str], Iterator[re.Match[str]]]:
        """Every match in a spelling; compiled when first needed, as compiling all would double the time to start."""
        return re.compile(self.expression).finditer


class Alphabet:
    """Gives each word its letter; `members` resolves a word or class name to letters."""

    OTHER, SOFT, END, QUESTION = ".", ",", "|", "?"
    NUMBER, OLD_AGE, YEAR, PAST_VERB = "0", "9", "2", "P"
    SHAPES: ClassVar[dict[str, str]] = {"QMARK": "?", "NUM": "092", "AGE_OLD": "9", "YEAR": "2", "PAST": "P"}

    def __init__(self, classes: dict[str, list[str]]) -> None:
        self._classes = classes
        self.letters: dict[str, str] = {}
        self.weights: dict[str, int] = {}
        self._members: dict[str, frozenset[str]] = {}
        for word in sorted(
            {word for words in classes.values() for word in words} - classes.keys() - self.SHAPES.keys()
        ):
            self.letter(word)

    def letter(self, word: str) -> str:
        if word not in self.letters:
            self.letters[word] = made = chr(0xE000 + len(self.letters))
            self.weights[made] = 30 if word in COMMON else 1
        return self.letters[word]

    def learn(self, sources: Iterable[str]) -> None:
        """Gives a letter to every word of the phrases: before any is compiled, so that shapes hold them all."""
        for source in sources:
            for piece in _PIECES.findall(source):
                if piece[0] not in "()?^$.|" and not self._names_a_class(piece):
                    self.letter(piece)

    def members(self, name: str) -> frozenset[str]:
        """The letters of a word, or of every word of a class; raises PhraseError for a class that is not there."""
        if name not in self._members:
            self._members[name] = self._found(name)
        return self._members[name]

    def _names_a_class(self, name: str) -> bool:
        return name in self._classes or name in self.SHAPES or (name.isupper() and len(name) > 1)

    def _found(self, name: str) -> frozenset[str]:
        if name == "PAST":
            irregular = self.members("PAST_IRREGULAR") if "PAST_IRREGULAR" in self._classes else frozenset()
            return frozenset(self.PAST_VERB) | irregular | self._ending_in_ed()
        if name in self.SHAPES:
            return frozenset(self.SHAPES[name])
        if name in self._classes:
            return frozenset().union(*(self.members(word) for word in self._classes[name]))
        if name.isupper() and len(name) > 1:
            raise PhraseError(f"There is no class of words called {name}.")
        return frozenset(self.letter(name))

    def _ending_in_ed(self) -> frozenset[str]:
        return frozenset(letter for word, letter in self.letters.items() if is_past(word))

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
    return Phrase(source, node.expression, ordered[0], ordered[min(1, len(ordered) - 1)])


def _sequence(pieces: Sequence[str], alphabet: Alphabet, *, inside: bool = False) -> tuple[Node, Sequence[str]]:
    nodes: list[Node] = []
    while pieces and pieces[0] != ")" and not (inside and pieces[0] == "|"):
        node, pieces = _piece(pieces, alphabet, inside=inside)
        if pieces and pieces[0] == "?":
            node, pieces = Node(f"(?:{node.expression})?"), pieces[1:]
        nodes.append(node)
    needs = tuple(need for node in nodes for need in node.needs)
    return Node(_SOFT.join(node.expression for node in nodes), needs), pieces


def _piece(pieces: Sequence[str], alphabet: Alphabet, *, inside: bool) -> tuple[Node, Sequence[str]]:
    head, rest = pieces[0], pieces[1:]
    if head == "(":
        return _group(rest, alphabet)
    if head in _EDGES:
        return Node(_EDGES[head]), rest
    if head.startswith(".."):
        return Node(rf"[^|?]{{0,{int(head[2:])}}}?"), rest
    letters = alphabet.members(head)
    while not inside and rest[:1] == ["|"]:
        letters, rest = letters | alphabet.members(rest[1]), rest[2:]
    return _one_of(letters), rest


def _one_of(letters: frozenset[str]) -> Node:
    return Node("[" + re.escape("".join(sorted(letters))) + "]", (letters,))


def _group(pieces: Sequence[str], alphabet: Alphabet) -> tuple[Node, Sequence[str]]:
    branches: list[Node] = []
    closing = "|"
    while closing == "|":
        branch, pieces = _sequence(pieces, alphabet, inside=True)
        if not pieces:
            raise PhraseError("A bracket is not closed.")
        branches.append(branch)
        closing, pieces = pieces[0], pieces[1:]
    if not all(branch.needs for branch in branches):
        return Node("(?:" + "|".join(branch.expression for branch in branches) + ")"), pieces
    if all(branch.expression == _one_of(branch.needs[0]).expression for branch in branches):
        return _one_of(frozenset().union(*(branch.needs[0] for branch in branches))), pieces
    rarest = frozenset().union(*(min(branch.needs, key=alphabet.weight) for branch in branches))
    return Node("(?:" + "|".join(branch.expression for branch in branches) + ")", (rarest,)), pieces
