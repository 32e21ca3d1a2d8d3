"""Words on drawings in Arabic, French and English: made plain, then looked up in ``vocabulary.toml``."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["Meaning", "clean_text", "meaning_of", "plain_words", "storeys_of", "tag_meaning"]

_FILE = Path(__file__).with_name("vocabulary.toml")
_ARABIC = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ة": "ه", "ؤ": "و", "ئ": "ي", "ـ": ""})
_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")
_STOREYS = re.compile(r"(?<![A-Za-z])(?:R|RDC|ط|RC|G|GF)\s*\+\s*(\d{1,2})(?:\s*\+\s*(?:R|T|M))?", re.IGNORECASE)
_STOREYS_PLAIN = re.compile(r"\b(\d{1,2})\s*(?:niveaux|etages|étages|storeys|floors|طوابق|طابق)", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-zàâéèêëîïôûç])(?=[A-ZÀÂÉÈÊËÎÏÔÛÇ])")
_DOTTED = re.compile(r"\b(?:[^\W\d_]\.\s?)+(?:[^\W\d_]\b|(?<=\.[^\W\d_]\.))")  # E.V., E.V, G. S
_TURNED_LEAST = 5
_GLUED = 5
_MISSPELT = 6
_SHORTENED = 3
_WHOLE = frozenset({"plan", "port", "tour", "type", "sept", "mars"})  # words that shorten no other
_JOINING = frozenset(
    ["a", "au", "aux", "avec", "d", "de", "des", "du", "en", "et", "l", "la", "le", "les", "of", "over", "and", "the"]
)


@dataclass(frozen=True)
class Meaning:
    """What words mean; ``""`` where they say nothing. ``word`` is the phrase that decided."""

    use: str = ""
    facility_type: str = ""
    role: str = ""
    street_class: str = ""
    word: str = ""

    @property
    def empty(self) -> bool:
        return not (self.use or self.role or self.street_class)


def clean_text(text: str) -> str:
    """Text as read by people: control codes and format codes out, Arabic letters in their plain form and order."""
    if "\\" in text or "{" in text:
        text = _without_codes(text)
    text = text.replace("%%c", "Ø").replace("%%C", "Ø").replace("%%d", "°").replace("%%D", "°")
    text = re.sub(r"%%[uoUOkK]|%%\d{3}", "", text)
    if any("\ufb50" <= c <= "\ufefc" for c in text):
        text = "\n".join(_logical(line) for line in text.split("\n"))
    text = "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
    return text.translate(_DIGITS).strip()


def _without_codes(text: str) -> str:
    from ezdxf.tools.text import plain_mtext

    try:
        return str(plain_mtext(text))
    except (ValueError, IndexError, TypeError):
        return re.sub(r"\\[A-Za-z][^;\\]*;|[{}]", "", text.replace("\\P", "\n"))


def _logical(line: str) -> str:
    """A line stored in the order of the screen, turned round: its first Arabic letter has the form of a last."""
    shown = [unicodedata.name(c, "") for c in line if "\ufb50" <= c <= "\ufefc"]
    first = next((n for n in shown if n.endswith(("INITIAL FORM", "FINAL FORM"))), "")
    if not first.endswith("FINAL FORM"):
        return line
    pieces = re.findall(r"[0-9A-Za-z.,+]+|.", line[::-1], re.DOTALL)
    return "".join(p[::-1] if len(p) > 1 else p for p in pieces)


def plain_words(text: str) -> tuple[str, ...]:
    """Lower-case words without accents, plural s, Arabic article; letters and digits apart."""
    text = _DOTTED.sub(lambda m: re.sub(r"[.\s]", "", m.group()) + " ", text)
    text = _CAMEL.sub(" ", unicodedata.normalize("NFKC", text)).casefold().translate(_ARABIC).translate(_DIGITS)
    text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    words = re.findall(r"[^\W\d_]+|\d+", text)
    return tuple(_stem(w) for w in words)


def _stem(word: str) -> str:
    if len(word) > 4 and word.startswith("ال"):
        word = word[2:]
    if len(word) > 4 and word.endswith("يه"):  # an adjective in the feminine: plain_words has made the ة a ه
        return word[:-1]
    if len(word) <= 3 or word[-1] not in "sx" or not word.isascii():
        return word
    if word.endswith("aux") and not word.endswith("eaux") and len(word) > 4:
        return word[:-2] + "l"
    return word[:-3] + "y" if word.endswith("ies") and len(word) > 4 else word[:-1]


def storeys_of(text: str) -> int | None:
    """Storeys with the ground floor: ``R+2`` and ``3 niveaux`` are three."""
    found = _STOREYS.search(text)
    if found:
        return int(found.group(1)) + 1
    found = _STOREYS_PLAIN.search(text)
    return int(found.group(1)) if found else None


_Phrase = tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Lexicon:
    """Phrases and what they mean; ``long`` are those that are found inside words, ``single`` those one may misspell.

    ``starts`` holds phrases without joining words, by the letters that no abbreviation of them leaves out.
    """

    phrases: Mapping[_Phrase, Meaning]
    long: tuple[tuple[str, Meaning], ...]
    single: Mapping[str, Meaning]
    starts: Mapping[tuple[int, str], list[tuple[_Phrase, Meaning]]]

    @classmethod
    def of(cls, phrases: Mapping[_Phrase, Meaning]) -> _Lexicon:
        joined = {"".join(p): m for p, m in phrases.items() if len("".join(p)) >= _GLUED}
        single = {p[0]: m for p, m in phrases.items() if len(p) == 1 and len(p[0]) >= _MISSPELT}
        starts: dict[tuple[int, str], list[tuple[_Phrase, Meaning]]] = {}
        for phrase, meaning in phrases.items():
            bare = tuple(w for w in phrase if w not in _JOINING)
            if bare:
                starts.setdefault((len(bare), bare[0][:_SHORTENED]), []).append((bare, meaning))
        return cls(phrases, tuple(sorted(joined.items(), key=lambda item: -len(item[0]))), single, starts)


@cache
def _vocabulary() -> Mapping[str, _Lexicon]:
    """Phrases by what they tell: ``use`` (with facilities), ``role``, ``street``."""
    book = tomllib.loads(_FILE.read_text("utf-8"))
    uses: dict[_Phrase, Meaning] = {}
    for use, entry in book["use"].items():
        for phrase in [use.replace("_", " "), *_listed(entry)]:
            uses.setdefault(plain_words(phrase), Meaning(use=use, word=phrase))
    for kind, entry in book["facility"].items():
        for phrase in [kind.replace("_", " "), *_listed(entry)]:
            uses[plain_words(phrase)] = Meaning(use=entry["use"], facility_type=kind, word=phrase)
    roles = {plain_words(p): Meaning(role=r, word=p) for r, e in book["role"].items() for p in _listed(e)}
    streets = {plain_words(p): Meaning(street_class=c, word=p) for c, e in book["street"].items() for p in _listed(e)}
    return {"use": _Lexicon.of(uses), "role": _Lexicon.of(roles), "street": _Lexicon.of(streets)}


def _listed(entry: Mapping[str, object]) -> list[str]:
    return [str(p) for lang in ("fr", "en", "ar", "any") for p in entry.get(lang, ())]  # type: ignore[attr-defined]


@cache
def _tags() -> Mapping[_Phrase, str]:
    book = tomllib.loads(_FILE.read_text("utf-8"))
    return {plain_words(p): name for name, entry in book["tag"].items() for p in _listed(entry)}


def tag_meaning(tag: str) -> str:
    """Which column an attribute tag such as ``NUM_LOT`` fills; ``""`` if unknown."""
    return _tags().get(plain_words(tag), "")


@cache
def meaning_of(text: str) -> Meaning:
    """The use, facility, role and street class that words tell; each by its longest phrase."""
    words = plain_words(text)
    best = {kind: _longest(words, phrases) for kind, phrases in _vocabulary().items()}
    letters = sum("\u0600" <= c <= "\u06ff" for c in text)
    if all(m.empty for m in best.values()) and letters >= _TURNED_LEAST:
        turned = plain_words(text[::-1])
        again = _longest(turned, _vocabulary()["use"])
        best = {k: _longest(turned, p) for k, p in _vocabulary().items()} if not again.empty else best
    use, role, street = best["use"], best["role"], best["street"]
    spoken = max((m.word for m in (use, role, street)), key=len)
    return Meaning(use.use, use.facility_type, role.role, street.street_class, spoken)


def _longest(words: _Phrase, lexicon: _Lexicon) -> Meaning:
    found: Meaning | None = None
    size = (0, 0)
    for length in range(min(6, len(words)), 0, -1):
        for start in range(len(words) - length + 1):
            piece = words[start : start + length]
            meaning = lexicon.phrases.get(piece)
            if meaning is not None and (length, sum(map(len, piece))) > size:
                found, size = meaning, (length, sum(map(len, piece)))
    shortened = _shortened(words, lexicon, more_than=size[0])
    return shortened or found or _glued("".join(words), lexicon) or _misspelt(words, lexicon) or Meaning()


def _shortened(words: _Phrase, lexicon: _Lexicon, more_than: int) -> Meaning | None:
    """Words cut short, such as Log. soc. or Hab-Com, where all phrases that begin so mean one thing."""
    for length in range(min(4, len(words)), more_than, -1):
        for start in range(len(words) - length + 1):
            piece = words[start : start + length]
            if len(piece[0]) < _SHORTENED or not "".join(piece).isalpha() or not _WHOLE.isdisjoint(piece):
                continue
            told = [m for p, m in lexicon.starts.get((length, piece[0][:_SHORTENED]), ()) if _begins(p, piece)]
            if len({m.use for m in told}) == 1 and told[0].use:
                kinds = {m.facility_type for m in told}
                return Meaning(told[0].use, kinds.pop() if len(kinds) == 1 else "", word=told[0].word)
    return None


def _begins(phrase: _Phrase, piece: _Phrase) -> bool:
    return all(whole.startswith(part) for whole, part in zip(phrase, piece, strict=True))


def _glued(joined: str, lexicon: _Lexicon) -> Meaning | None:
    """A long word inside words written together, such as LOTVILLA."""
    if sum(map(str.isalpha, joined)) < _GLUED:
        return None
    return next((meaning for word, meaning in lexicon.long if word in joined), None)


def _misspelt(words: _Phrase, lexicon: _Lexicon) -> Meaning | None:
    """A long word with one letter wrong, such as EQUIPEMNT."""
    from difflib import get_close_matches

    for word in words:
        near = get_close_matches(word, lexicon.single, 1, 0.86) if len(word) >= _MISSPELT - 1 else []
        if near:
            return lexicon.single[near[0]]
    return None
