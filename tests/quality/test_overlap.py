from __future__ import annotations

import pytest
from asked import scored, value

from gencost.errors import ConfigError
from gencost.quality.overlap import Chrf, Fuzzy, RougeL, TokenF1
from gencost.quality.tokens import squad_tokens, unicode_words

ANSWER, REFERENCE = "the cat sat on a mat", "The cat was on the mat."


def test_squad_leaves_out_case_punctuation_and_articles():
    assert squad_tokens("The cat, an apple: A-B!") == ["cat", "apple", "ab"]


def test_token_f1_counts_shared_words():
    # cat sat on mat | cat was on mat: 3 shared, p = r = 3/4
    assert value(TokenF1(), ANSWER, REFERENCE) == 0.75
    # cat cat | cat: 1 shared, p = 1/2, r = 1, F1 = 2 * 0.5 / 1.5
    assert value(TokenF1(), "cat cat", "cat") == pytest.approx(2 / 3)
    assert value(TokenF1(), "dog", "cat") == 0.0


def test_token_f1_of_no_words_is_1_if_neither_has_any():
    assert value(TokenF1(), "the", "a") == 1.0
    assert value(TokenF1(), "", "cat") == 0.0


def test_rouge_l_is_what_the_package_says_and_what_the_formula_says():
    rouge_scorer = pytest.importorskip("rouge_score.rouge_scorer")
    direct = rouge_scorer.RougeScorer(["rougeL"]).score(REFERENCE, ANSWER)["rougeL"].fmeasure
    # longest common subsequence: the cat on mat = 4 of 6 words on either side
    assert value(RougeL(), ANSWER, REFERENCE) == direct == pytest.approx(4 / 6)
    assert value(RougeL(stem=True), "running cats", "run cat") == 1.0
    assert value(RougeL(), "running cats", "run cat") == 0.0


def test_words_of_scripts_without_spaces_are_characters():
    assert squad_tokens("\u4eac\u90fd\u3002The cat") == ["\u4eac", "\u90fd", "cat"]
    assert unicode_words("\u0e01\u0e34\u0e19 caf\u00e9_x") == ["\u0e01\u0e34", "\u0e19", "caf\u00e9", "x"]


def test_overlap_says_something_about_every_script():
    pytest.importorskip("rouge_score")
    assert value(RougeL(), "\u043a\u043e\u0442", "\u043a\u043e\u0442") == 1.0
    # two of three characters in order, on either side: 2 / 3
    assert value(RougeL(), "\u6771\u4eac\u90fd", "\u6771\u4eac\u5e02") == pytest.approx(2 / 3)
    assert value(TokenF1(), "\u6771\u4eac\u90fd", "\u6771\u4eac\u5e02\u3002") == pytest.approx(2 / 3)
    assert value(RougeL(), "caf\u00e9 noir", "caf\u00e9 au lait") == pytest.approx(2 / 5)  # 1 of 2 and of 3 words
    assert value(RougeL(), "x", "!?") is None


def test_chrf_is_what_the_package_says_divided_by_100():
    sacrebleu = pytest.importorskip("sacrebleu")
    assert value(Chrf(), ANSWER, REFERENCE) == sacrebleu.sentence_chrf(ANSWER, [REFERENCE]).score / 100
    plus = sacrebleu.sentence_chrf(ANSWER, [REFERENCE], word_order=2).score / 100
    assert value(Chrf(word_order=2), ANSWER, REFERENCE) == plus
    assert value(Chrf(), "\u043a\u043e\u0442", "\u043a\u043e\u0442") == 1.0


def test_fuzzy_is_the_share_of_what_need_not_be_edited():
    pytest.importorskip("rapidfuzz")
    # kitten -> sitting: longest common subsequence ittn = 4, so 2 * 4 / (6 + 7)
    assert value(Fuzzy(), "kitten", "Sitting") == pytest.approx(8 / 13)
    assert value(Fuzzy(method="token_sort_ratio"), "mat the cat", "cat the mat") == 1.0
    assert value(Fuzzy(method="partial_ratio"), "it is paris, of course", "Paris") == 1.0
    assert value(Fuzzy(ignore_case=False), "PARIS", "paris") == 0.0


def test_a_method_that_does_not_exist_is_refused():
    with pytest.raises(ConfigError, match="method='token_sort'.*did you mean 'token_sort_ratio'"):
        Fuzzy(method="token_sort")


@pytest.mark.parametrize("scorer", [RougeL, Chrf, Fuzzy])
def test_a_missing_extra_is_one_line_with_its_remedy(scorer, monkeypatch):
    def missing(name):
        raise ModuleNotFoundError(f"No module named {name!r}")

    monkeypatch.setattr("gencost.quality.base.import_module", missing)
    with pytest.raises(ConfigError, match=r"^quality\.\w+ needs the package .*pip install 'gencost\[text\]'$"):
        scorer()


def test_no_reference_no_score():
    assert scored(TokenF1(), "cat").value is None


def test_typeset_apostrophes_and_hyphens_are_those_of_the_keyboard():
    assert value(TokenF1(), "it\u2019s well\u2011known", "It's well-known.") == 1.0
