"""Words of texts of any script; where a script writes no spaces between words, its characters."""

from __future__ import annotations

import re
import string
import unicodedata

# Scripts without spaces between words: Han, Hiragana, Katakana, Thai, Lao, Khmer, Myanmar. A vowel or tone mark belongs
# to the character before it.
_NO_SPACES = (
    r"[\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46"
    r"\u0e81-\u0eb0\u0eb2\u0eb3\u0ec0-\u0ec6\u1000-\u102a\u1780-\u17b3\U00020000-\U0003ffff]"
    r"[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ecd\u102b-\u103e\u17b4-\u17d3]*"
)
_CHARACTER = re.compile(_NO_SPACES)
_WORD = re.compile(rf"{_NO_SPACES}|(?:(?!{_NO_SPACES})[^\W_])+")
_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)
_TYPESET = str.maketrans("\u2018\u2019\u02bc\u2010\u2011", "'''--")  # it\u2019s is it's


def squad_tokens(text: str) -> list[str]:
    """Words as SQuAD compares them: lower case, without punctuation and the articles a, an, the.

    Source: the official evaluation script of SQuAD 1.1 (Rajpurkar et al., 2016), ``normalize_answer``. Where a script
    writes no spaces between words (Chinese, Japanese, Thai) each character is a word, as in ``mixed_segmentation`` of
    MLQA's script (Lewis et al., 2020); punctuation of other scripts is left out, too.

    Args:
        text: an answer or a reference.
    """
    text = text.lower().translate(_TYPESET).translate(_PUNCTUATION)
    if not text.isascii():
        kept = (" " if unicodedata.category(mark)[0] == "P" else mark for mark in unicodedata.normalize("NFKC", text))
        text = _CHARACTER.sub(lambda character: f" {character.group()} ", "".join(kept))
    return _ARTICLES.sub(" ", text).split()


def unicode_words(text: str) -> list[str]:
    """Runs of letters and digits of any script in lower case; single characters where a script has no spaces."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).lower())
