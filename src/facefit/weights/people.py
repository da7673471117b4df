"""Whom a network learnt from: a list that travels with its weights, so that nobody is judged on people it has seen."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import permutations, product
from typing import Any, Self

from facefit.errors import ArtifactError, InputError

CARD_ENTRY = "trained_people"
"""Where a network's metadata and a descriptor's card keep the list."""
SEARCH_ENTRY = "search_people"
"""Where they keep the list of people who were held out of training and whom its search looked at."""
MAX_PEOPLE = 100_000
_DIGEST_BYTES, _MOST_WORDS = 6, 5
_FORM = f"sha256/{8 * _DIGEST_BYTES}"


def normalised_name(name: str) -> str:
    """The same for spellings that differ in case, accents, underscores or blanks."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return " ".join(plain.casefold().replace("_", " ").split())


def words_of(name: str) -> tuple[str, ...]:
    """What a name is made of, sorted: the same whether the family name comes first or last, with hyphens or without."""
    return tuple(sorted(part for part in re.split(r"[\W_]+", normalised_name(name)) if part)) or (name,)


def is_number(name: str) -> bool:
    """Whether a folder is numbered rather than named, as in '07201', 'n000002', 'm.0107_f', 'id_123' or 'person 7'.

    A name has a word: two letters or more without digits among them. A lone word that only numbers follow is none.
    Scripts without capitals may write a name in one letter, so there any letter is a word.
    """
    parts = re.split(r"[\W_]+", normalised_name(name))
    parts = [part for part in parts if part]
    words = [part for part in parts if part.isalpha() and (len(part) > 1 or not part.isascii())]
    counted = len(parts) > 1 and all(part.isdecimal() for part in parts[1:])
    return not words or (len(words) == 1 and counted)


@dataclass(frozen=True, slots=True)
class TrainedPeople:
    """People by a digest of their name: whoever knows a name can ask for it, but the list itself names nobody, since
    descriptors are handed on and the people may be private ones.

    48 bits of SHA-256: with 10,000 people listed, one in 28 billion other names is taken for one of theirs. `unnamed`
    says what else was learnt from, whose people have no names (numbered folders, a teacher's data): of them, nothing
    can be said.
    """

    digests: frozenset[bytes]
    unnamed: tuple[str, ...] = ()

    @classmethod
    def of(cls, names: Iterable[str], unnamed: tuple[str, ...] = ()) -> Self:
        """The list of these people; those who are numbered are counted among the unnamed as well.

        Raises `InputError` if there are more than 100,000, which would not fit a card.
        """
        people = set(names)
        numbered = sum(map(is_number, people))
        if numbered:
            unnamed = (f"{numbered} numbered people", *unnamed)
        return cls(frozenset(map(_digest, people)), unnamed)._few_enough()

    def after(self, before: Self | None) -> Self:
        """With the people of the weights that training began with; None where nobody knows whom those learnt from."""
        if before is None:
            return replace(self, unnamed=(*self.unnamed, "whoever the weights that it began with had learnt from"))
        unnamed = dict.fromkeys((*before.unnamed, *self.unnamed))
        return replace(self, digests=before.digests | self.digests, unnamed=tuple(unnamed))._few_enough()

    def _few_enough(self) -> Self:
        if len(self) > MAX_PEOPLE:
            raise InputError(f"{len(self)} people to keep with the network; expected at most {MAX_PEOPLE}")
        return self

    def __len__(self) -> int:
        return len(self.digests)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and _digest(name) in self.digests

    def may_have(self, name: str) -> bool:
        """Whether the words of a name, which is not in the list itself, are there in another order or with other
        hyphens, as 'Sung_Hong_Choi' is 'Choi_Sung-hong'. Of names of more than five words that is not asked."""
        words = words_of(name)
        if name in self or not 1 < len(words) <= _MOST_WORDS:
            return False
        between = list(product(" -", repeat=len(words) - 1))
        spelled = (zip(order, (*gaps, ""), strict=True) for order in permutations(words) for gaps in between)
        return any("".join(map("".join, spelling)) in self for spelling in spelled)

    def to_json(self) -> dict[str, Any]:
        """Eight characters a person."""
        joined = b"".join(sorted(self.digests))
        return {
            "form": _FORM,
            "n": len(self),
            "digests": base64.b64encode(joined).decode(),
            "unnamed": list(self.unnamed),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Raises `ArtifactError` for anything but what `to_json` gives."""
        try:
            joined = base64.b64decode(data["digests"], validate=True)
            parts = (joined[i : i + _DIGEST_BYTES] for i in range(0, len(joined), _DIGEST_BYTES))
            read = cls(frozenset(parts), tuple(map(str, data["unnamed"])))
            whole = data["form"] == _FORM and len(joined) == _DIGEST_BYTES * data["n"] and len(read) == data["n"]
        except (KeyError, TypeError, ValueError, binascii.Error) as error:
            raise ArtifactError(f"damaged list of trained people ({error!r}); export or train again") from error
        if not whole or len(read) > MAX_PEOPLE:
            raise ArtifactError(f"damaged list of trained people: expected {data['n']} of form {_FORM}; export again")
        return read

    @classmethod
    def of_card(cls, card: Mapping[str, Any], name: str = CARD_ENTRY) -> Self | None:
        """The list in a descriptor's card; None if it has none, so that nobody knows."""
        entry = card.get(name)
        return None if entry is None else cls.from_json(entry)


def with_those_before(own: TrainedPeople | None, photos: str, before: TrainedPeople | None) -> TrainedPeople | None:
    """Whom weights that began with others will have learnt from; None where nobody knows of either.

    `own` are the people of the training itself, None where its `photos` do not say; `before` those of the others.
    """
    if own is None and before is None:
        return None
    return (own or TrainedPeople(frozenset(), (f"the people in {photos}",))).after(before)


def _digest(name: str) -> bytes:
    return hashlib.sha256(normalised_name(name).encode(errors="surrogateescape")).digest()[:_DIGEST_BYTES]
