"""The words by which answers in several languages announce themselves, for the scorers that look for a marked one.

Version 2, 2026-11-26. Words alone, no grammar: a language that is missing here is read by the rules that need no words.
"""

from __future__ import annotations

import re
import unicodedata

_CJK = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f"
ANSWER = (
    *(
        "answer",
        "answers",
        "ans",
        "response",
        "result",
        "solution",
        "conclusion",
        "choice",
        "option",
        "pick",
        "selection",
        "final",
        "verdict",
        "decision",
        "guess",
        "gabarito",
    ),
    *("antwort", "lösung", "ergebnis", "respuesta", "resultado", "solución", "réponse", "reponse", "résultat"),
    *("risposta", "risultato", "soluzione", "resposta", "solução", "antwoord", "uitkomst", "svar", "svaret", "vastaus"),
    *("odpowiedź", "odpowiedz", "wynik", "odpověď", "odpoveď", "válasz", "răspuns", "răspunsul", "odgovor"),
    *("cevap", "yan\u0131t", "jawaban", "jawabannya", "jawapan", "đáp án", "câu trả lời", "απάντηση", "sagot", "jibu"),
    *("ответ", "ответа", "ответом", "результат", "відповідь", "отговор", "одговор"),
    *("答案", "正确答案", "正確答案", "回答", "答", "结果", "結果", "答え", "正解", "解答", "정답", "답", "답변"),
    *("คำตอบ", "الإجابة", "الاجابة", "إجابة", "الجواب", "جواب", "پاسخ", "התשובה", "תשובה", "उत्तर", "जवाब", "উত্তর"),
)
OPTION = (
    *("option", "choice", "answer", "letter", "opción", "opcion", "opção", "opzione", "choix", "lettre", "letra"),
    *("lettera", "buchstabe", "auswahl", "variante", "alternativa", "alternative", "alternativ", "optie", "opcja"),
    *(
        "вариант",
        "варіант",
        "буква",
        "ş\u0131k",
        "seçenek",
        "pilihan",
        "phương án",
        "επιλογή",
        "möglichkeit",
        "odpowiedź",
    ),
    *("选项", "選項", "选择", "選擇", "選択肢", "보기", "선택지", "ข้อ", "الخيار", "विकल्प"),
)
# Words for right, which announce an answer where a colon or a verb follows: "Correct: B", "Richtig ist C".
RIGHT = (
    *(
        "correct",
        "richtig",
        "korrekt",
        "correcto",
        "correcta",
        "correcte",
        "corretto",
        "corretta",
        "correto",
        "correta",
    ),
    *(
        "true",
        "only one",
        "right one",
        "best one",
        "accurate",
        "appropriate",
        "fitting",
        "giusta",
        "giusto",
        "certa",
        "certo",
        "certaine",
        "juste",
        "bonne",
    ),
    *(
        "правильно",
        "верно",
        "正确的",
        "正確的",
        "合适的",
        "正しいの",
        "適切なの",
        "最適なの",
        "맞는 것",
        "옳은 것",
        "알맞은 것",
    ),
)
IS = (
    *(
        "is",
        "was",
        "are",
        "would be",
        "could be",
        "might be",
        "may be",
        "can be",
        "be",
        "should be",
        "must be",
        "has to be",
        "will be",
        "equals",
        "ist",
        "lautet",
        "wäre",
    ),
    *(
        "es",
        "es la",
        "es el",
        "sería",
        "est",
        "est la",
        "est le",
        "serait",
        "è",
        "è la",
        "è il",
        "sia",
        "é",
        "é a",
        "é o",
    ),
    *("seria", "sarebbe", "zijn", "är", "er", "on", "to", "jest", "je", "este", "adalah", "ialah", "là", "είναι"),
    *("是", "为", "為", "は", "が", "은", "는", "คือ", "هي", "هو", "היא", "הוא", "है"),
)
NOT = (
    *(
        "not",
        "cannot",
        "never",
        "neither",
        "nor",
        "nicht",
        "kein",
        "keine",
        "weder",
        "ne",
        "pas",
        "ni",
        "non",
        "né",
        "nem",
    ),
    *("não", "nao", "no", "niet", "geen", "inte", "ikke", "nie", "не", "ні", "değil", "bukan", "không phải", "ei"),
    *(
        "不",
        "不是",
        "非",
        "ليس",
        "ليست",
        "लहीं",
        "incorrect",
        "wrong",
        "false",
        "falsch",
        "incorrecta",
        "faux",
        "fausse",
    ),
    *("except", "excluding", "rather than", "instead of", "over", "unlike", "depends", "depend"),
)
# What may stand between an answer's announcement and the answer itself.
BETWEEN = (
    *("the", "clearly", "therefore", "thus", "then", "most", "likely", "probably", "definitely", "indeed", "obviously"),
    *("simply", "actually", "likely", "best", "correct", "right", "final", "my", "your", "number", "only", "just"),
    *("die", "der", "das", "la", "el", "le", "il", "lo", "a", "o", "correcta", "correct", "correcte", "richtige"),
    *(
        "correto",
        "corretta",
        "also",
        "daher",
        "donc",
        "quindi",
        "por lo tanto",
        "portanto",
        "still",
        "now",
        "surely",
        "maybe",
        "perhaps",
        "both",
        "either",
        "with",
    ),
)


def words(*lists: tuple[str, ...]) -> str:
    """An alternation of words in NFKC, for a pattern without regard to case; of words with one beginning the longest.

    A word of one Latin letter counts in lower case alone: ``é a B`` has a word and a letter. Words are put together by
    their first letters, so that most places of a text are left after one look.
    """
    normal = {unicodedata.normalize("NFKC", word) for listed in lists for word in listed}
    rests: dict[str, list[str]] = {}
    for word in sorted(normal, key=lambda word: (-len(word), word)):
        rests.setdefault(word[:1].lower(), []).append(word)
    groups = [_group(first, same) for first, same in sorted(rests.items())]
    return f"(?=[{''.join(map(re.escape, sorted(rests)))}])(?:{'|'.join(groups)})"


def _group(first: str, beginning: list[str]) -> str:
    """Words that begin with one letter; one of that letter alone is the last."""
    longer = [re.escape(word[1:]) for word in beginning if len(word) > 1]
    group = [f"{re.escape(first)}(?:{'|'.join(longer)})"] if longer else []
    alone = [word for word in beginning if len(word) == 1]
    group += [f"(?-i:{word})" if word.isascii() else re.escape(word) for word in alone]
    return "|".join(group)


def any_of(*lists: tuple[str, ...]) -> str:
    """Words with their ends, but for scripts that put none between words."""
    plain = tuple(word for words in lists for word in words if not re.search(f"[{_CJK}]", word))
    joined = tuple(word for words in lists for word in words if re.search(f"[{_CJK}]", word))
    bounded = rf"(?<![^\W\d_])(?:{words(plain)})(?![^\W\d_])"
    return f"(?:{bounded}|{words(joined)})" if joined else bounded
