r"""The letter that an answer to a multiple-choice question states.

The rule, version 3; the first step that finds a stated letter decides:

1. what is marked as the answer: the last ``\boxed{}``, ``<answer>`` tag or answer field of JSON;
2. the last sentence that announces an answer ("The correct answer is B", "Antwort: B", "答案是B"), no second choice;
3. the one that is called right where others are called wrong in turn ("A: no, B: yes"), a letter alone on the last
   line, there also an option that was listed, then a letter that the first line begins with ("B) Paris");
4. a letter that is called right ("Option D would be the best choice", "B es correcta");
5. the last letter that is chosen or concluded ("I'd go with B", "it must be C", "so B");
6. the letters that are named as options ("(B)", "option B") and not rejected, or the one that is left when all
   others are ("Not A, not B, not D: C");
7. where the sample's choices are known: the option text that the answer (if it is long, its last paragraph or sentence)
   is, announces, chooses or holds, or of which it gives a part ("Newton") or the number ("1440" for "$1,440"), then an
   option's place ("2", "(ii)", "the third option"), if no option has a digit;
8. the only letter of the last sentence, at its end ("Easy: A"), then the letters that the answer may be ("could be A,
   could be B").

Of many words that announce or choose the last 100 count, of many letters the first 40 and the last 80.

Behind step 1 a text is read from its last correction on ("B. No, wait, C"), if that states a letter; the letters among
which one is chosen ("Between B and C, B") are left out; the exception of all that are rejected is stated ("all except B
are wrong").

A letter that is denied ("not C", "A is wrong", "B is tempting") or granted ("although A seems right") is not stated. A
plain ``A`` before a word is an article. Two letters in one statement ("A and C", "A or B") are several, which state
none. Full-width letters, marks like ``**`` and LaTeX around a letter do not matter. Of an answer of more than 16,000
characters the first 4,000 and the last 12,000 are read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from gencost.quality.letters import patterns as p
from gencost.quality.letters.announced import announced, excepted, repeated
from gencost.quality.letters.letter_tokens import (
    FAR,
    NONE,
    Stated,
    Tokens,
    clause,
    conclusion,
    in_brackets,
    letter,
    lowered,
    opening,
    plain,
    sentence,
    taken_back,
)
from gencost.quality.letters.option_text import folded, option_of, whole_option, with_numbers
from gencost.quality.marked import boxed, fields, tagged
from gencost.quality.reading import shortened

_LONGEST_SENTENCE = 4_000
_LONG = 100  # a shorter text may be several letters in a row
_UNNAMED = 2  # of A to E a question may have four, so that E is not named: all but the stated one and this one


@dataclass(frozen=True, kw_only=True)
class Letters:
    """The letters of a question, and its option texts where they are known.

    Attributes:
        letters: upper-case letters or digits, in order.
        texts: of the options in the same order; empty where they are unknown.
    """

    letters: str
    texts: Sequence[str] = field(default=())

    @cached_property
    def _tokens(self) -> Tokens:
        return Tokens(letters=self.letters)

    def stated(self, answer: str) -> Stated:
        """Find what an answer states; empty if it states none, see the module."""
        answer = shortened(answer)
        for marked in (boxed(answer), tagged(answer), [str(item) for item in fields(answer)]):
            for content in reversed(marked):
                if letters := self._short(content):
                    return letters
        text = self._tokens.without_chosen_from(plain(answer))
        corrected = text[taken_back(text) :]
        if not self.texts and len(text) > _LONG and not self._tokens.any_case.search(text):
            return NONE
        return (self._read(corrected) if corrected != text else NONE) or self._read(text)

    def _read(self, text: str) -> Stated:
        """The letter of a text without marks, see the module: steps 2 to 9."""
        return (
            whole_option(text, self.letters, self.texts)
            or announced(text, self._tokens)
            or excepted(text, self._tokens)
            or self._judged(text)
            or self._last_line(text)
            or repeated(text, self._tokens)
            or self._concluded(self._first_line(text), text)
            or self._concluded(self._called_right(text), text)
            or self._chosen(text)
            or self._named(text)
            or self._left(text)
            or option_of(conclusion(text), self.letters, self.texts)
            or self._numbered(text)
            or self._ends(text)
            or self._possible(text)
        )

    def _possible(self, text: str) -> Stated:
        """Every letter that the answer may be: "It could be A, it could be B"."""
        places = [may.end() for may in p.POSSIBLE.finditer(lowered(text))][-p.TIMES :]
        behind = (self._tokens.one.match(text, opening(text, place)) for place in places)
        alone = (token for token in behind if token and len(self._tokens.run(text, token)[0]) == 1)
        return frozenset(token["x"] for token in alone if not self._tokens.is_article(text, token))

    def _concluded(self, stated: Stated, text: str) -> Stated:
        """The letter itself; of several another one that is concluded from them: "A and B, which is option D"."""
        return (self._chosen(text) - stated if len(stated) > 1 else NONE) or stated

    def _ends(self, text: str) -> Stated:
        """The only letter of the last sentence, where it stands at its end, not in a name such as vitamin C."""
        last = p.LAST.split(text.strip()[-_LONGEST_SENTENCE - 1 :])[-1]
        if len(last) > _LONGEST_SENTENCE:
            return NONE
        tokens = self._tokens.all(last)
        if len({token["x"] for token in tokens}) != 1:
            return NONE
        behind = last[tokens[-1].end() :]
        if not p.VERBS_LAST.match(behind) or p.REJECTED.search(behind) or p.NOT.search(behind):
            return NONE
        before = p.ASKED_FOR.sub("", p.PIECE.split(last[: tokens[-1].start()])[-1][-FAR:])
        denied = any(pattern.search(before) for pattern in (p.NOT, p.CONCEDES, p.NAMES, p.DENIED_CHOICE))
        return NONE if denied or text.rstrip().endswith("?") else frozenset(tokens[-1]["x"])

    def _numbered(self, text: str) -> Stated:
        """The option whose number, from 1, the answer is or announces: ``2``, ``(ii)``; where no option has a digit."""
        if not self.texts or not self.letters.isalpha() or any(char.isdigit() for char in "".join(self.texts)):
            return NONE
        numbers = Letters(letters="123456789"[: len(self.texts)])
        arabic = with_numbers(text, len(self.texts))
        stated = (
            announced(arabic, numbers._tokens)
            or numbers._named(arabic)
            or numbers._last_line(arabic)
            or numbers._first_line(arabic)
        )
        return frozenset(self.letters[int(number) - 1] for number in stated)

    def _short(self, content: str) -> Stated:
        """The letter of a marked content, which is short: a letter with or without its text, or the text alone."""
        text = plain(content).strip()
        if alone := letter(self._tokens.alone.fullmatch(text)):
            return alone
        packed = "".join(text.split())
        if self._tokens.row.fullmatch(packed):
            return frozenset(re.sub(r"\W", "", packed))
        stated = announced(text, self._tokens) or self._first_line(text) or self._chosen(text)
        return stated or option_of(text, self.letters, self.texts)

    def _last_line(self, text: str) -> Stated:
        lines = [line for line in text.splitlines() if line.strip()]
        if not lines:
            return NONE
        if len(lines) <= len(self.letters) and all(each := [self._tokens.only(line) for line in lines]):
            return frozenset().union(*each)
        if len(lines) > 1 and len(lines[-1]) <= _LONG and (several := self._tokens.listed(lines[-1])):
            return several
        last = p.LAST_SENTENCE.search(lines[-1])
        return self._tokens.only(lines[-1][last.end() :] if last else lines[-1]) if len(lines) > 1 or last else NONE

    def _judged(self, text: str) -> Stated:
        """The letter that is called right where every one is called right or wrong in turn."""
        right, wrong = set(), set()
        tokens = self._tokens.all(text)
        for token, behind in zip(tokens, [*(token.start() for token in tokens[1:]), len(text)], strict=False):
            line = text[text.rfind("\n", 0, token.start()) + 1 : token.start()]
            rest = text[token.end() : behind].partition("\n")[0]
            if p.CHECKED.match(line) or p.YES.match(text, token.end()) or p.CHECK.search(rest):
                right.add(token["x"])
            elif p.UNCHECKED.match(line) or p.NO.match(text, token.end()) or p.CROSS.search(rest):
                wrong.add(token["x"])
        clear = wrong or (len(right) == 1 and len({token["x"] for token in tokens}) > _UNNAMED)
        judged = frozenset(right) if right and clear and not right & wrong else NONE
        return (self._chosen(text) & judged if len(judged) > 1 else NONE) or judged

    def _first_line(self, text: str) -> Stated:
        whole = text.strip()
        line = whole.partition("\n")[0]
        if alone := self._tokens.only(line):
            return alone
        if len(whole) <= _LONG and (several := self._tokens.listed(whole)):
            return several
        if len({label.group(1) for label in self._tokens.label.finditer(text)}) > 1 or self._lists(line):
            return NONE
        small = self._tokens.small_label.match(line)
        if small and len(set(self._tokens.small_item.findall(text))) > 1:  # parts of an answer
            return NONE
        if small and (small.group().strip()[-1:] != "," or p.BECAUSE.match(line, small.end() - 1)):
            return letter(small)
        lead = p.FIRST_LEAD.match(line)
        token = self._tokens.one.match(line, opening(line, 0 if lead is None else lead.end()))
        return NONE if token is None else self._label(line, token)

    def _lists(self, line: str) -> bool:
        """Whether a line repeats the options from the first on: "A: 3, B: 4"."""
        labels = [token["x"] for token in self._tokens.all(line) if p.LISTED.match(line, token.end())]
        return len(labels) > 1 and labels == list(self.letters[: len(labels)])

    def _label(self, line: str, token: re.Match[str]) -> Stated:
        """A letter that a line begins with, where it is not a word and nothing is said against it."""
        end, together = token.end(), self._tokens.together(line, token)
        behind = self._tokens.run(line, token)[1]
        if len(together) > 1 and (p.BE.match(line, behind) or p.FAIL.search(clause(line, behind))):
            return NONE
        if p.BE.match(line, end):
            return together if p.RIGHT.match(line, end) else NONE
        closed = token.group()[-1:] in ")]}" or line[end:].strip() in {"", "?"}
        if closed or len(together) > 1 or p.PARTED.match(line, end) or p.BECAUSE.match(line, end):
            return together
        if p.RIGHT.match(line, end) and not self._tokens.is_article(line, token):
            return together
        index = self.letters.index(token["x"])
        option = folded(self.texts[index]) if index < len(self.texts) else ""
        rest = folded(line[end:])
        same = rest == option if self._tokens.is_article(line, token) else rest.startswith(option)
        return together if option and same else NONE

    def _called_right(self, text: str) -> Stated:
        called: list[Stated] = []
        behind = 0
        for token in self._tokens.all(text):
            if token.start() < behind:
                continue
            letters, behind = self._tokens.run(text, token)
            if not p.RIGHT.match(text, behind):
                continue
            before = p.CLAUSE.split(text[max(0, token.start() - 12) : token.start()])[-1]
            granted = p.CONCEDES.search(p.PIECE.split(text[max(0, token.start() - 40) : token.start()])[-1])
            if not p.NOT.search(before) and not granted:
                called.append(letters)
        small = [named for named in self._tokens.all_small(text) if p.RIGHT.match(text, named.end())]
        called += [frozenset((named["x"] or named["y"]).upper()) for named in small]
        single = [letters for letters in called if len(letters) == 1]  # "A and B are plausible, but A is better"
        return frozenset().union(*(single or called))

    def _chosen(self, text: str) -> Stated:
        for verb in self._tokens.followed(text, p.CHOOSES):
            before = p.PIECE.split(text[max(0, verb.start() - 30) : verb.start()])[-1]
            contrast = p.CONTRAST.fullmatch(verb.group())
            if not contrast and (p.DENIED_CHOICE.search(before) or p.BY_OTHERS.search(before)):
                continue
            lead = p.FILLER.match(text, verb.end())
            behind = opening(text, verb.end() if lead is None else lead.end())
            if small := letter(self._tokens.small.match(text, behind) or self._tokens.small.match(text, verb.end())):
                return small
            token = self._tokens.one.match(text, behind)
            if token is None or self._is_no_choice(text, verb.group().lower() == "only", token):
                continue
            if not p.REJECTED_NEXT.match(text, token.end()):
                return self._tokens.together(text, token)
        return NONE

    def _is_no_choice(self, text: str, only: bool, token: re.Match[str]) -> bool:
        """Whether a letter behind a word that chooses is none, or denied; ``only`` chooses by what follows."""
        if p.VARIABLE.match(text, token.end()):
            return True
        if only:
            return bool(p.REJECTED.search(clause(text, token.end())))
        return self._tokens.is_article(text, token) or self._tokens.is_denied(text, token)

    def _named(self, text: str) -> Stated:
        named: set[str] = set()
        for token in self._tokens.all(text):
            before = text[max(0, token.start() - 30) : token.start()]
            if not in_brackets(token) and not p.OPTION_BEFORE.search(before):
                continue
            asked = sentence(text, token.end())
            denied = (
                p.VARIABLE.match(text, token.end())
                or p.NOT.search(p.CLAUSE.split(before)[-1][-20:])
                or text[token.end() + len(asked) :][:1] == "?"
            )
            if not denied and not p.REJECTED.search(clause(text, token.end())):
                named.add(token["x"])
        return frozenset(named)

    def _left(self, text: str) -> Stated:
        """The letter that is named and not denied, where every other one is denied."""
        named, denied = set[str](), set[str]()
        for token in self._tokens.all(text):
            before = p.PIECE.split(text[max(0, token.start() - 20) : token.start()])[-1]
            (denied if p.NOT.search(before) or self._tokens.is_denied(text, token) else named).add(token["x"])
            denied |= self._tokens.failed(text, token)
        left = named - denied
        return frozenset(left) if len(left) == 1 and len(denied) >= len(self.letters) - _UNNAMED else NONE
