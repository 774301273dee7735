"""Patterns by which ``gencost.quality.letters.stated`` reads an answer."""

from __future__ import annotations

import re

from gencost.quality import answer_words as w
from gencost.quality.answer_words import any_of

# Each begins with a character of its own, so that most places of a text are left after one look.
EMPHASIS = re.compile(r"\*\*?\*?|``*|~~~+|_(?<!\w_)_?(?=\S)|_(?<=\S_)_?(?!\w)")
FENCE = re.compile(r"^[ \t]*(?:`{3,}|~{3,})[\w -]*$", re.MULTILINE)
TAG = re.compile(r"</?(?![A-Z]>)[A-Za-z][^<>]{0,40}>")
NOT_APPLICABLE = re.compile(r"\bN/A\b")
RUN = re.compile(r"([^\S\n]{2})[^\S\n]+|(\n\s{0,9}\n)\s*\n")
STRUCK = re.compile(r"~~(?=\S)[^~\n]{1,80}~~")
TAKEN_BACK = re.compile(
    r"\b(?:no,? wait|wait,? no|wait|hold on|hang on|scratch that|strike that|sorry|correction|oops|my mistake|my bad|"
    r"on second thoughts?|let me correct|i take that back|i stand corrected|or rather|moment,? nein|non,? attend\w*|"
    r"no,? espera)\b"
)
OF_TAKEN_BACK = (
    *("wait", "hold on", "hang on", "scratch", "strike", "sorry", "corre", "oops", "mistake", "my bad"),
    *("second thought", "take that back", "rather", "nein", "attend", "espera"),
)
QUESTION = re.compile(r'"[^"\n]*\?\s?"|\u201c[^\u201c\u201d\n]*\?\s?\u201d|\u300c[^\u300c\u300d\n]*\?\s?\u300d')
END = re.compile(r"[!?\u3002\uff01\uff1f\n]|\.(?=\s|$)")
EACH = re.compile(r"\b(?:each|every|all|following|these|jede\w*|cada|chaque|ogni)\W*\Z", re.IGNORECASE)
NUMBERED = re.compile(
    r"\A\W*+(?:(?:Q(?:uestion)?|Frage|Pregunta|Question|N[or]\.?|Problem|Aufgabe)?\s*\d{1,3}|[QA])\s*[.:)]\s*"
)
# What makes a letter part of a word: more of it, an apostrophe (but for Turkish endings), C++, B.C.
NO_END = r"[A-Za-z0-9+#]|\.[A-Za-z](?![a-z]{2})|['\u2019](?!(?:[dt][i\u0131uü]r|[yn]?[i\u0131uü])\b)[A-Za-z]"
RANGE = r"[-\u2013][A-Z](?![A-Za-z])"  # choices A-D
TIMES = 100
"""Most words of one kind, such as those that announce, whose surroundings are read."""


OPTION = any_of(w.OPTION)
# ANNOUNCES, CHOOSES, TAKEN_BACK, EXCEPTS, EXCEPTED, CHOSEN_FROM and POSSIBLE read texts in lower case (see
# ``letter_tokens.lowered``), which takes half the time of IGNORECASE.
ANNOUNCES = re.compile(any_of(w.ANSWER, w.OPTION, w.RIGHT).replace("\u0131", "i"))
_WEAK = {"result", "solution", "conclusion", "pick", "selection", "final", "verdict", "decision", "guess"}
_ELSEWHERE = {*w.OPTION, *w.RIGHT, *_WEAK} - {"answer"}
STRONG = re.compile(any_of(tuple(word for word in w.ANSWER if word not in _ELSEWHERE)), re.IGNORECASE)
IS = re.compile(any_of(w.IS), re.IGNORECASE)
NOT = re.compile(rf"{any_of(w.NOT)}|n['\u2019]t\b", re.IGNORECASE)
BEFORE = re.compile(
    rf"(?:{any_of(w.IS, w.BETWEEN, w.OPTION, w.ANSWER)}|so|therefore|thus|hence|[^\w\s]|[^\x00-\u024f])\s*\Z",
    re.IGNORECASE,
)
BE = re.compile(
    r"\s*[)\].,\"'\u2019\u201d]*\s*(?:is|was|are|isn|seems?|appears?|looks?|may|might|could|can|would|will|does|has|ist|"
    r"w[aä]re|es|est|è|é|"
    r"sería|jest|является|是|不|が|は|은|는|が正し)(?![A-Za-z])",
    re.IGNORECASE,
)
_LESS = r"(?!wrong|incorrect|false|trap|worst|least|other|next|second|tempting|distract)"
# "A seems better, but B is right": an appearance that a turn to another letter takes back.
_APPEARS = (
    r"(?:seems?|appears?|looks?)(?![^.!?\n]{0,60}\b(?:but|however|yet)\b,?\s(?:(?:the |my )?(?:[a-z]+ )?(?:answer|it)"
    r"(?:'s| is) )?(?:option )?[(]?(?-i:[A-HJ])\b[)]?(?:\s*(?:[.!]|\Z)|(?: is|'s) (?!not|wrong|also|close|only|a )))"
)
RIGHT = re.compile(
    r"[)\].,\"'\u2019\u201d]*\s*(?:option|choice|answer|选项|選項|項)?\s*[,]?\s*(?:(?:clearly|therefore|thus|"
    r"indeed|definitely|probably|likely|both|all|equally|(?!(?:hard|bare|scarce|rare|un|part|near|seeming|apparent|"
    r"superficial|"
    r"supposed|initial|technical|potential|possib|general)[a-z]*ly)[a-z]+ly|"
    r"ist|is|are|was|be|would|should|must|"
    rf"{_APPEARS}|to|as|es|est|è|é|sería|jest|является|the|our|my|la|le|el|il|"
    r"die|a|o|"
    r"das|der|most|more|single|which|that|qui|que|che|only|option|opción|choix|respuesta|réponse|risposta|resposta|"
    r"Antwort)\s+){0,8}"
    r"(?:right(?!\?)|fits?|better|stronger|superior|preferred|"
    r"(?:more|most) (?:specific|comprehensive|precise|complete|consistent|relevant|logical|defensible|direct)|"
    r"preferable|remains|survives|stands|wins|(?:is|does)(?=\W*\Z)|works|"
    r"matches(?!\s+(?:option\s+)?[A-Z]\b)|supported|what (?:the|we|is|I)\b|possible|"
    r"makes sense|closest|nearest|strongest|safe(?:r|st)|ideal|first-line|"
    r"standard (?:of care|treatment|therapy|first-line)|recommended(?! against)|only|correct(?!ed)\w*|best|"
    r"accurate|appropriate|answer|satisf(?:y|ies)|holds|plausible|likely|probable|reasonable|suitable|convincing|valid|true|"
    r"it(?: is|'s)\b(?!\s+(?:not\b|[(]?[A-Z]\b))|"
    rf"(?:the|our|my)\s+(?:{_LESS}[a-z-]+\s+){{0,2}}(?:answer|option|choice|one|match|fit|candidate|winner|"
    r"exception|pick|bet)\b|"
    r"richtig\w*|korrekt\w*|wählen|nehmen|stimmt|trifft zu|correct[ao]|verdader[ao]|bonne|juste|corrett[ao]|giust[ao]|"
    r"cert[ao]|правильн\w*|верн\w*|вірн\w*|doğru|seç\w+|benar|đúng|को चुन\w*|चुन\w+|"
    r"を選\w*|[을를] (?:선택|고르)\w*|"
    r"[是が는은]?正[确確解し]|번?[가이는은]?\s*(?:맞|정답)|[はが是]?(?:答案|答え))",
    re.IGNORECASE,
)
VERB = re.compile(
    r"\s*(?:fits|works|matches|makes|holds|satisfies|remains|survives|stands|wins|best|correctly|the|our|my|as the|"
    r"describes|"
    r"explains|gives|captures|reflects|represents|follows|agrees|answers|gets|it is|by elimination|\d{1,3} ?%)",
    re.IGNORECASE,
)
# "The option that does not belong is A", "The false statement is B": what is asked for, not a denial.
ASKED_FOR = re.compile(
    r"\b(?:that|which|who)\b[^,;]*?(?=\b(?:is|are|was)\b\W*\Z)|\b(?:false|incorrect|untrue|wrong)\s+statements?\b"
    r"|\b(?:all|every\w*|none|each)\b[^,;]*\b(?:except|but)\b\s*\Z",
    re.IGNORECASE,
)
REJECTED = re.compile(
    r"wrong|incorrect|false|n['\u2019]t\b|\bnot\b|tempting|distract|eliminat|rul\w+ out|unlikely|invalid|implausible|"
    r"falsch|incorrect[ao]|fals[ao]|fauss?e?\b|sbagliat|errad|erróne|неверн|неправильн|错|錯|不[对對正]|誤|아니|틀",
    re.IGNORECASE,
)
FAIL = re.compile(
    rf"{REJECTED.pattern}|\b(?:violat|contradict|fail|ignor|miss|overlook|confus|describe)\w*", re.IGNORECASE
)
FAILS = re.compile(r"\s*(?:(?:all|both|each|also)\s)*(?:violate|contradict|fail|ignore|miss|overlook|confuse)s?\b")
JOIN = (
    r"\s*(?:,|\u3001|;|/|&|\+|and/or|and|or|und|oder|y|o|et|ou|e|и|или|和|或|及|と|か|および|또는|와|과)\s*"
    r"(?:(?:possibly|maybe|also|perhaps|probably)\s+)?"
)
BECAUSE = re.compile(
    r"\s*(?:(?i:because|since|as|for|due|given|which|weil|denn|da|porque|ya|pues|parce|"
    r"car(?=\s(?:il|elle|ils|elles|on|ce|c['\u2019]|cette|ces|le|la|les|l['\u2019]|un|une|nous|tou|seul|dans|en|selon|"
    r"aucun)\w*)|puisque|perché|poiché|pois|потому|так|поскольку|omdat|"
    r"want(?=\s(?:de|het|een|dit|dat|deze|die|ze|zij|hij|er|alleen|in|we|wij)\b)|çünkü|karena|vì)\b|[因なで입])"
)
CHOOSES = re.compile(
    rf"""(?:{
        any_of(
            (
                *("it's", "it is", "that's", "that is", "its", "it must be", "it has to be", "it should be", "it was"),
                *("must be", "has to be", "should be", "would be", "has got to be", "pick", "picked", "picking"),
                *("choose", "chose", "choosing", "select", "selected", "selecting", "go with", "going with"),
                *(
                    "went with",
                    "opt for",
                    "opting for",
                    "vote for",
                    "prefer",
                    "circle",
                    "mark",
                    "tick",
                    "leaning",
                    "say",
                    "guess",
                    "settle on",
                    "settle for",
                ),
                *("leaning towards", "leaning toward", "lean towards", "left with", "only", "chọn", "seçiyorum"),
                *("i think", "i believe", "i suspect", "i'm sure", "favors", "favours", "favoring", "points to"),
                *("pointing to", "points towards", "supports", "suggests", "indicates", "consistent with"),
                *(
                    "we get",
                    "gives",
                    "yields",
                    "leaves us with",
                    "left us with",
                    "elimination",
                    "would answer",
                    "i answer",
                ),
                *(
                    "probably",
                    "more likely",
                    "most likely",
                    "corresponds to",
                    "matches",
                    "which is",
                    "creo que",
                    "acho que",
                ),
                *(
                    "penso che",
                    "credo che",
                    "je pense que",
                    "je crois que",
                    "ich denke",
                    "ich glaube",
                    "думаю",
                    "думаю что",
                ),
                *("我认为", "我觉得", "我認為"),
                *("so", "therefore", "thus", "hence", "leaves", "leaving", "rather", "actually", "i mean", "but"),
                *("es ist", "wähle", "nehme", "also", "daher", "somit", "elijo", "escojo", "es la", "c'est", "choisis"),
                *("donc", "scelgo", "quindi", "escolho", "portanto", "выбираю", "это", "wybieram", "kies", "sondern"),
                *("sino", "mais", "选", "選", "选择", "選擇", "应该是", "應該是", "应为", "所以", "因此", "選びます"),
                *("而是", "だから", "따라서", "就是"),
            )
        )
    })"""
)

# "All except B are wrong": the exception is meant.
EXCEPTS = re.compile(r"\b(?:except|but|besides|other than|apart from|save)\b")
EXCEPTED = (
    r"\b(?:all|every\w*|each|any\w*|none|nothing|no (?:other )?\w+)\b[^.;!?\n]{{0,40}}?\b(?:except|but|besides|"
    r"other than|apart from|save)"
    r"(?: for)?\s+(?:{option}\s*)?[(]?(?P<x>[{letters}])[)]?(?![A-Za-z])[^.;!?\n]{{0,40}}"
)
# One option after another, each with what is said of it: "A: 3, B: 4", "Option A describes ..., option B describes ..."
LISTED = re.compile(r"[:)]|\.\s|\s+(?:describes|explains|captures|reflects|represents|refers to|means|gives|says)\b")
# "Between B and C, ...": what is chosen from stands first.
OF_CHOSEN_FROM = ("between", "among", "of")
_CHOICE = r"(?:{option}\s*)?[(]?[{letters}][)]?"
CHOSEN_FROM = (
    r"(?<!none )(?<!either )(?<!neither )(?<!both )(?<!all )(?<!any )(?<!one )(?<!each )\b(?:"
    rf"(?:between|among(?:st)?)\s+{_CHOICE}(?:{{join}}{_CHOICE})*?,?\s+(?:and|or|und|y|et)\s+{_CHOICE}"
    r"\s*(?=[.;!?\n]|is\b|\Z)|"
    rf"(?:between|among(?:st)?|out of|of)\s+{_CHOICE}(?:{{join}}{_CHOICE})+\s*[,:]\s*)"
)
POSSIBLE = re.compile(r"\b(?:could|might|may)(?: also| well| just as well)? be\b")
# "Although A looks plausible": what follows is granted, not meant.
CONCEDES = re.compile(
    rf"{any_of(('although', 'though', 'while', 'whereas', 'even if', 'despite', 'at first', 'initially'))}"
    rf"|{any_of(('obwohl', 'zwar', 'aunque', 'bien que', 'sebbene', 'embora', 'хотя', '虽然'))}",
    re.IGNORECASE,
)
BEFORE_TURN = re.compile(r"[.;!?,\n]|\b(?:but|sondern|sino|mais|bensì|mas)\b|而是", re.IGNORECASE)
LAST = re.compile(r"(?<=[.!?;\u3002])\s+|\n+")
SHORT_LEAD = re.compile(
    r"\W*(?:(?:it|that|this|the answer)(?: is|'s| was)|i think|it must be)?\s*(?:the\s+)?", re.IGNORECASE
)
CLAUSE = re.compile(r"[.;!?\n]")
OF_SHORT_IS = re.compile(r"['\u2019]s\b", re.IGNORECASE)
SHORT_IS = re.compile(r"\b(answer|option|choice|letter|one|solution)['\u2019]s\b", re.IGNORECASE)
PIECE = re.compile(r"[.,:;!?\n\u2192\u21d2]|[-=]>")
MARKS = re.compile(r"[\s\W]*")
COLON = re.compile(r"[:=\-\u2013\u2014]")
OPENS = re.compile(r"[(\[{]\s*\Z")
# A word behind a letter makes an A an article, but for those that stand behind no article.
WORD_FOLLOWS = re.compile(
    r"\s+(?!(?:on|for|here|in|as|over|by|from|but|though|although|if|when|which|that|this|while|whereas|instead)\b)"
    r"[A-Za-z\u00c0-\u024f]"
)
# "I don't think it's B": what is chosen is denied; "not B but C" is a contrast.
_DENIES = any_of(
    ("not", "never", "cannot", "going to", "would have", "tempted to", "nicht", "pas", "no", "non", "não", "не", "不")
)
DENIED_CHOICE = re.compile(
    rf"(?:n['\u2019]t|(?<!no )(?<!any )(?<!a )\bdoubt|{_DENIES})\s*(?:[^\W\d_]+(?:['\u2019]s)?\s+){{0,2}}\Z",
    re.IGNORECASE,
)
SUPPOSED = re.compile(  # "You might think the answer is A"
    r"\b(?:you|people|students|many|most|some|one|others?)\b(?:\s\w+){0,2}\s(?:think|say|guess|assume|believe|expect)\b"
    r"[^.!?\n]{0,20}\Z",
    re.IGNORECASE,
)
BY_OTHERS = re.compile(
    r"\b(?:some|many|most|people|students|others?|they|you|one|you'd|everyone|everybody|"
    r"who(?:ever)?)\b(?:\s+[a-z']+){0,3}\s*\Z",
    re.IGNORECASE,
)
CONTRAST = re.compile(r"but|sondern|sino|mais|而是|rather|actually|就是", re.IGNORECASE)
BULLET = re.compile(r"^[ \t]*(?:[#>]+|[-+\u2022])\s+", re.MULTILINE)
# A letter that ends its sentence, but for one word, as verbs stand last in some languages.
LITTLE_MORE = re.compile(r"\W*+[\w\u0900-\u097f]*+\W*+$")
# A verb that stands last: "उत्तर A है", "答えはBです".
VERB_BEHIND = re.compile(r"\s*[)\]]?\s*(?:है|です|だ|입니다|이다|dir\b|'?d[iu\u0131]r\b)")
CHECKED = re.compile(r"^[^\w\n]*(?:\[[xX]\]|[\u2713\u2714\u2705\u2611])[^\w\n]*\Z", re.MULTILINE)
UNCHECKED = re.compile(r"^[^\w\n]*(?:\[ ?\]|[\u2717\u2718\u274c\u2716\u2610])[^\w\n]*\Z", re.MULTILINE)
ASKED_FIRST = re.compile(r"\A\s*Q[.:].*\n\s*A[.:]\s*(?=\S)")
NAMES = re.compile(
    r"\b(?:vitamins?|hepatitis|plan|points?|grade|groups?|class|type|level|appendix|section|figure|table|part|phase|"
    r"room|"
    r"team|event|set|matrix|vector|angle|vertex|line|node|city|company|person|patient|drug|sample|gene|influenza|"
    r"note|key|"
    r"language|(?:written|code|coded|programs?|function|implemented) in|row|"
    r"cent(?:er|re)|midpoint|segment|ray|column|item|planet|circle|"
    r"triangle|side|sets)\s*\Z|(?:\d|\u00b0)\s*\u00b0?\Z",
    re.IGNORECASE,
)
LEAD = re.compile(rf"(?:[\s:=]*+(?:{any_of(w.IS, w.BETWEEN, w.OPTION)})){{0,12}}[\s:=]*+", re.IGNORECASE)
_TALK = ("yes", "ok", "okay", "well", "sure", "hmm", "hm", "alright", "great question", "ja", "sí", "oui", "да")
FIRST_LEAD = re.compile(rf"\W*+(?:(?:{any_of(w.OPTION, w.BETWEEN, _TALK)})\W*+){{0,12}}", re.IGNORECASE)
FILLER = re.compile(rf"[\s:,]*+(?:(?:{any_of(w.BETWEEN, w.OPTION, w.IS)})[\s:,]*+){{0,12}}", re.IGNORECASE)
# A letter of a formula: "E = mc", "[A] \u2248 2", "B_1".
VARIABLE = re.compile(r"[)\]}]?\s*(?:[=\u2248\u2264\u2265\u221d^_](?![=>])|[<>]\s*\d)")
PARTED = re.compile(
    r"\s*[.,:;!(\[\u2190\u3001\u3002]|\s*[\u2013\u2014]|\s+[-/>]+\s|\s*/\s|\s+\d{1,3} ?%|\s+(?:and not|not|instead "
    r"of|rather than|by "
    r"elimination|gets my vote|describes|explains|captures|reflects|represents|makes the most sense|"
    r"I (?:think|guess|believe|suppose))\b",
    re.IGNORECASE,
)
OPTION_BEFORE = re.compile(rf"{OPTION}\s*\Z", re.IGNORECASE)
REJECTED_NEXT = re.compile(rf"\s*(?:{REJECTED.pattern})", re.IGNORECASE)
LAST_SENTENCE = re.compile(r"(?:[.!?\u2026\u3002]\s+|\A)(?=[^.!?\u2026\u3002]{1,12}[.!]?\s*\Z)")
# What is said of one option after another: "A: wrong, B: right", "A \u2717 B \u2713".
_SAID = (
    r"\s*[)\].:?=\-\u2013\u2014,|\"'\u2190\u2192<>]*\s*(?:选?[项項])?\s*"
    r"(?:(?:this|that|it|the statement)(?: one)?(?:'s| is))?\s*"
)
_YES = "yes|correct|right|true|richtig|correct[ao]|vrai|verdader[ao]|正[确確解し]|对|對"
_NO = "no|not|incorrect|wrong|false|falsch|incorrect[ao]|faux|fals[ao]|错|錯|不[对對正]"
CHECK = re.compile(rf"[\u2713\u2714\u2705\u2611]|\((?:{_YES})[.!]?\)", re.IGNORECASE)
CROSS = re.compile(rf"[\u2717\u2718\u274c\u2716]|\((?:{_NO})[.!]?\)", re.IGNORECASE)
ASKS = re.compile(r"\W*(?:which|what|who|why|how|is|are|does|do|did|could|can|would|should)\b", re.IGNORECASE)
# What may stand behind the last letter of a text in scripts whose verbs come last: "Bだと思います", "C입니다".
VERBS_LAST = re.compile(r"(?:,? then\b)?[^\x00-\u024f]{0,12}\W*\Z")
DENIED_BEHIND = re.compile(
    rf"\s*(?:is|are|was|were|does|do|did|would|can|could)(?:n['\u2019]t| not)\b"
    rf"|\s+(?:is|are|was|were) (?:{REJECTED.pattern})",
    re.IGNORECASE,
)
YES = re.compile(rf"{_SAID}(?:(?:{_YES})(?![A-Za-z])|[\u2713\u2714\u2705\u2611])", re.IGNORECASE)
NO = re.compile(rf"{_SAID}(?:(?:{_NO})(?![A-Za-z])|[\u2717\u2718\u274c\u2716\u00d7])", re.IGNORECASE)
