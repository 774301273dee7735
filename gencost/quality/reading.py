"""The one place where an answer is read before any scorer sees it: thoughts, fences, Unicode, ends of lines."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from gencost.errors import ConfigError, nearest

CHOICES: dict[str, tuple[str, ...]] = {
    "thoughts": ("strip", "keep", "fail"),
    "fences": ("keep", "unwrap"),
    "unicode": ("NFC", "NFKC", "keep"),
    "newlines": ("lf", "keep"),
}

# Sources (2026-11-26): chat templates of DeepSeek-R1, Qwen3, GLM-4.5, Hermes, Reflection (angle brackets), Magistral
# ([THINK]), Kimi-VL (triangles), Seed-OSS (seed:think), Sky-T1 and QwQ forks (begin_of_thought).
_NAMES = "think|thinking|thoughts?|reasoning|reasoning_scratchpad|reflection|scratchpad|inner_monologue|seed:think"
_IN_NAMES = ("think", "thought", "reasoning", "reflection", "scratchpad", "inner_monologue")
_TAG = re.compile(
    rf"<\s*(?P<close>/)?\s*(?P<name>{_NAMES})(?:\s[^<>]*)?>"
    r"|\[(?P<close2>/)?(?P<name2>THINK)\]"
    r"|◁(?P<close3>/)?(?P<name3>think)▷"
    r"|<\|(?:begin|(?P<close4>end))_of_(?P<name4>thought)\|>",
    re.IGNORECASE,
)
# OpenAI's harmony format: channels, of which only `final` is the answer.
_FINAL = re.compile(
    r"<\|channel\|>\s*final\b[^<]*<\|message\|>(.*?)(?:<\|(?:return|end|start|channel)\|>|\Z)", re.DOTALL
)
_CHANNEL = re.compile(r"<\|channel\|>\s*(?:analysis|commentary|final)\b")
_BARE_HARMONY = re.compile(r"\A\s*analysis(?=[A-Z\s]).*?assistant\s*final", re.DOTALL)
# Chat templates of ChatML, Llama 3, Gemma, Mistral and GPT-2's end of text.
_TURN_BEGINS = re.compile(
    r"\A\s*(?:<\|im_start\|>\s*assistant|<\|start_header_id\|>\s*assistant\s*<\|end_header_id\|>)\s*"
)
_TURN_ENDS = re.compile(
    r"(?:\s{0,9}(?:<\|(?:im_end|eot_id|eom_id|endoftext|end_of_text|end|return)\|>|</s>|<eos>|<end_of_turn>)){1,9}\Z"
)
_TURN_BOXED = re.compile(r"\s*<\|begin_of_box\|>(.*)<\|end_of_box\|>\s*", re.DOTALL)  # GLM-4.5V
_LONGEST_ENDS = 200
_FENCED_WHOLE = re.compile(r"\s*(`{3,}|~{3,})[^\n`]*\n(.*?)\n?[ \t]*\1[ \t]*\s*", re.DOTALL)
_FENCE_LINE = re.compile(r"^[ \t>]*(?:`{3,}|~{3,})", re.MULTILINE)
_FIRST, _LAST = 4_000, 12_000
_INVISIBLE = "\ufeff\u200b\u2060"


class NoAnswerError(ValueError):
    """The text holds nothing that may be scored; the reason is for people."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """The rules for reading an answer before it is scored; the key ``reading`` of a config.

    Attributes:
        thoughts: ``strip`` leaves out what stands in tags of thought (``<think>``, ``<thinking>``, ``<reasoning>``,
            ``[THINK]``, harmony's ``analysis`` and their like); a thought that was never closed leaves no answer, and
            what stands before a closing tag without an opening one is a thought, too. A tag in code or right behind a
            quotation mark is text. Marks of turns that a server left at its ends (``<|im_end|>``, ``</s>``) go, too.
            ``fail`` gives no score to an answer with a thought in it. ``keep`` scores it all.
        fences: ``unwrap`` reads an answer that is one fenced block as what is inside it; ``keep`` leaves it.
        unicode: ``NFC`` makes equal what looks equal (e and an accent, é), and drops a byte order mark at the
            beginning; ``NFKC`` also makes full-width letters plain; ``keep`` changes nothing.
        newlines: ``lf`` makes CR LF and CR line feeds; ``keep`` changes nothing.

    Raises:
        ConfigError: a value that does not exist.
    """

    thoughts: str = "strip"
    fences: str = "keep"
    unicode: str = "NFC"
    newlines: str = "lf"

    def __post_init__(self) -> None:
        """Refuse a value that does not exist."""
        for key, choices in CHOICES.items():
            value = getattr(self, key)
            if value not in choices:
                raise ConfigError(
                    f"reading.{key}={value!r}: choose from {', '.join(choices)}{nearest(str(value), choices)}"
                )

    def read(self, answer: str) -> str:
        """Read an answer.

        Raises:
            NoAnswerError: it has a thought, and ``thoughts`` says ``fail``.
        """
        if self.thoughts != "keep":
            rest = without_thoughts(answer)
            if self.thoughts == "fail" and rest != answer:
                raise NoAnswerError("the answer holds a thought, and reading.thoughts=fail")
            marked = rest.startswith("<") or rest.rstrip().endswith(">")
            answer = without_marks_of_turns(rest) if marked else rest
        if self.fences == "unwrap" and (whole := _FENCED_WHOLE.fullmatch(answer)):
            answer = whole.group(2)
        return self.plain(answer)

    def plain(self, text: str) -> str:
        """Apply ``unicode`` and ``newlines`` alone, as they are applied to references, too."""
        if self.newlines == "lf" and "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        if self.unicode != "keep" and not text.isascii():
            text = text.lstrip("\ufeff")
            text = unicodedata.normalize("NFC" if self.unicode == "NFC" else "NFKC", text)
        return text


AS_IT_IS = Reading(thoughts="keep", unicode="keep", newlines="keep")
"""Reads nothing: how answers were scored before there was a key ``reading``."""


def without_marks_of_turns(text: str) -> str:
    """Leave out the marks by which a chat template begins and ends a turn, at the ends of an answer."""
    text = _TURN_BEGINS.sub("", text)
    if boxed := _TURN_BOXED.fullmatch(text):
        return boxed[1]
    last = len(text.rstrip())
    ends = _TURN_ENDS.search(text, max(0, last - _LONGEST_ENDS), last)
    return text if ends is None else text[: ends.start()]


def without_thoughts(text: str) -> str:
    """Leave out what an answer thinks aloud, see ``Reading.thoughts``; a text without a thought comes back as it is."""
    if "<|channel|>" in text and _CHANNEL.search(text):
        finals = _FINAL.findall(text)
        return finals[-1].strip() if finals else ""
    if bare := _BARE_HARMONY.match(text):
        return text[bare.end() :].strip()
    low = text.lower()
    if not any(map(low.__contains__, _IN_NAMES)):  # no tag can be there
        return text
    kept, seen = _outside(text)
    return "".join(kept).strip() if seen else text


def _outside(text: str) -> tuple[list[str], bool]:
    """Cut out the thoughts; whether there was one."""
    kept: list[str] = []
    start, at, seen = 0, 0, False
    named: tuple[str, int] | None = None  # the tag that a line writes about, and where the line ends
    while tag := _TAG.search(text, at):
        at = tag.end()
        if _is_text(text, start, tag) or (not _opens(tag) and named and named[0] == _name(tag) and at <= named[1]):
            named = (_name(tag), _end_of_line(text, at)) if _opens(tag) else None
            continue
        if not _opens(tag):  # its opening tag was part of the prompt
            kept, start, seen = [], tag.end(), True
            continue
        end = _end(text, tag)
        if end is None and text[start : tag.start()].rpartition("\n")[2].strip():
            continue  # a tag named in the middle of a line and never closed is a word
        kept.append(text[start : tag.start()])
        seen = True
        if end is None:
            return kept, seen
        start = at = end
    kept.append(text[start:])
    return kept, seen


def _end_of_line(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _opens(tag: re.Match[str]) -> bool:
    return not any(tag[group] for group in ("close", "close2", "close3", "close4"))


def _name(tag: re.Match[str]) -> str:
    return next(name for group in ("name", "name2", "name3", "name4") if (name := tag[group])).lower()


def _end(text: str, opening: re.Match[str]) -> int | None:
    """Return the end of a thought: its own closing tag, or, if it names tags without closing them, the last one."""
    depth, last = 1, None
    for tag in _TAG.finditer(text, opening.end()):
        if _name(tag) != _name(opening):
            continue
        depth += 1 if _opens(tag) else -1
        last = last if _opens(tag) else tag.end()
        if depth == 0:
            return tag.end()
    return last


def _is_text(text: str, start: int, tag: re.Match[str]) -> bool:
    """Whether a tag outside thoughts is written about: in a code block, in a code span, behind a quotation mark."""
    before = text[start : tag.start()]
    line = before.rpartition("\n")[2]
    in_block = len(_FENCE_LINE.findall(before)) % 2 == 1
    return in_block or line.count("`") % 2 == 1 or line[-1:] in {'"', "'", "\u201c", "\u2018", "\u00ab"}


def shortened(text: str) -> str:
    """The two ends of a very long text, where answers are stated: its first 4,000 characters and its last 12,000."""
    return text if len(text) <= _FIRST + _LAST else f"{text[:_FIRST]}\n{text[-_LAST:]}"


def trimmed(text: str) -> str:
    """Strip white space and what is invisible (zero-width space, byte order mark) at both ends."""
    return text.strip().strip(_INVISIBLE).strip()
