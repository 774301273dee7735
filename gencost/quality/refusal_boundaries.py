"""Sayings by which assistants refuse without an inability: short ones, boundaries, rules, ways out; English.

They belong to the version of ``gencost.quality.refusal_sayings``.
"""

from __future__ import annotations

_REST = r"[^.!?\n]"
_BEGINS = r"(?:\A|(?<=[.!?\n]))\W{0,6}(?:(?:(?:so |very |i'm )?sorry|no|nope|nah|unfortunately)[ ,:\u2013\u2014-]+)*"
_ENDS = r"(?=\W*(?:[.!;\n]|\Z))"
_CANNOT = r"(?:can't|cannot|can not|won't|will not|shouldn't|mustn't|must not)"
_THIS = r"(?:that|this|it|those|these|such|any of (?:that|this))"
_DO = r"(?:do|answer|write|share|discuss|provide|create|generate|give|explain|talk about|touch|support|make|say)"
_TOPIC = r"(?:topic|subject|matter|request|question|area|line of (?:questioning|conversation))"
_RULES = r"(?:guidelines|polic(?:y|ies)|rules|terms|instructions|programming|safeguards|restrictions|law)"
_BAD = (
    r"(?:irresponsible|unethical|wrong|inappropriate|unprofessional|harmful|dangerous|a disservice|(?:not |n't be )?"
    r"(?:right|appropriate|ethical|responsible|helpful))"
)
_HELP = r"(?:help|assist|answer|comply|discuss|share|provide|write|create|generate|continue|support)"

# The speaker is left out, or the verb, or both.
_TERSE: tuple[str, ...] = (
    rf"{_BEGINS}(?:{_CANNOT}|(?:not|un) ?(?:being )?(?:able|going|willing|allowed) to) "
    rf"(?:help(?! (?:but|\w+ing))|assist|comply|{_DO} {_THIS})\b",
    rf"{_BEGINS}(?:i'm |i am )?not (?:going (?:there|to happen)|(?:doing|writing|answering|helping|sharing|"
    r"discussing|touching) )",
    rf"(?:{_BEGINS}|\b(?:and|but|so|therefore|one|that|which|here) )I(?: just| simply| really)? (?:{_CANNOT}|refuse|"
    rf"decline)(?: to)?{_ENDS}",
    rf"\b(?:as much as|much as|I would if|I wish|I'd (?:love|like) to)\b{_REST}{{0,60}}\bI {_CANNOT}\b",
    r"\bno can do\b|\b(?:hard|firm|flat) (?:no|pass)\b|\b(?:it's|that's|is) (?:a|going to be a) no (?:from me|here|"
    r"on)\b|\bno from me\b",
    r"\b(?:not going to happen|count me out|not a chance|(?:there(?:'s| is) )?no way (?:that )?(?:I(?:'m|'ll| am| "
    r"will| can| could| would)|"
    r"(?:am|will|can) I))\b",
)
# What the speaker keeps away from.
_BOUNDARIES: tuple[str, ...] = (
    r"\bI(?:'m| am| will|'ll| must| have to| need to| try to| tend to| prefer to| always| generally| deliberately| "
    r"want to)*"
    r" (?:abstain|refrain|steer clear|stay away|stay neutral|remain neutral|avoid (?:such|this|that|these|\w+ing))\b",
    rf"\bI (?:don't|do not|never) (?:do {_THIS}|take (?:sides|part)|go there|touch {_THIS})\b",
    r"\blines? (?:that )?I (?:won't|will not|don't|do not|can't|cannot) cross\b",
    rf"\bI (?:{_CANNOT}|don't want to|refuse to) be (?:a )?(?:part|party|involved|complicit)\b|\bI want (?:no part|"
    r"nothing to do)\b",
    rf"\bI(?: just| simply| really)? {_CANNOT} (?:go down|touch|entertain|oblige|be of (?:help|assistance|service)|"
    r"take part)\b",
    rf"\byou {_CANNOT} get (?:that|this|it|any){_REST}{{0,30}}\bfrom me\b|\bdon't (?:ask|expect) me to\b",
    r"\b(?:is|are|'s)(?:n't| not) (?:something|a \w+|things) (?:that )?I(?:'m| am)? (?:do|give|write|offer|share|"
    r"provide|discuss|help|can|"
    r"will|would|engage|able|willing|going|comfortable)\b",
    rf"\b(?:is|are|'s) (?:something|things|a {_TOPIC}|{_TOPIC}s) (?:that )?I (?:don't|do not|won't|will not|can't|"
    r"cannot|avoid|never|"
    rf"have to|must|am not|'m not)(?! (?:know|mind|like|love|enjoy|regret|understand))\b",
    r"\b(?:this|that|it)(?:'s| is)(?:n't| not) (?:one of (?:them|those)|on the (?:table|menu)|up for discussion|my "
    r"place)\b",
    r"\b(?:this|that|it)(?:'s| is) (?:off the table|off[- ]limits|out of bounds)\b",
)
# Another one, another topic.
_WAYS_OUT: tuple[str, ...] = (
    r"\b(?:find|ask|look for|need|try) (?:someone|somebody|somewhere|anyone) else\b|\byou(?:'ll| "
    r"will)?{_REST}{0,20}\blook elsewhere\b",
    rf"\A{_REST}{{0,40}}\b(?:let's|can we|could we|I'd rather we|how about we|shall we|we should|I'd rather) "
    r"(?:please )?(?:talk|talked|chat|"
    rf"speak|discuss|change|switch|move on|stick|try|focus){_REST}{{0,20}}\b(?:something else|(?:the|a different|"
    r"another|a new) (?:subject|"
    rf"topic)|other things)",
    r"\bI(?:'m| am) (?:probably )?not the right (?:tool|assistant|one|person|place|model|resource)\b",
    r"\b(?:start|begin|open) (?:a )?(?:new|fresh) (?:topic|conversation|chat)\b|\bthis conversation has reached\b",
)
# Rules and filters that forbid it.
_RULED: tuple[str, ...] = (
    rf"\b{_RULES}\b{_REST}{{0,20}}\b(?:don't|doesn't|do not|does not|won't|will not|prevents?|prohibits?|forbids?|"
    r"bars?|stops?|keeps?|"
    rf"restricts?)\b(?: let| allow| permit)?(?: me| us)\b",
    rf"\b(?:I(?:'m| am)|this|that|it(?:'s| is)|request|message|prompt)\b{_REST}{{0,20}}\b(?:prohibited|forbidden|"
    r"barred|prevented|restricted|"
    rf"blocked|disallowed|flagged) (?:by|under|due to|because of)\b{_REST}{{0,30}}\b(?:{_RULES}|filters?|moderation|"
    r"system)\b",
    rf"\bagainst (?:the|our|my|company) (?:\w+ )?{_RULES}\b{_REST}{{0,20}}\bfor me\b|\bagainst (?:my|our) {_RULES}\b",
    r"\b(?:falls?|comes?) (?:under|into|within) (?:the )?(?:category of )?(?:prohibited|disallowed|restricted|"
    r"forbidden)\b",
    r"\b(?:that|this) (?:information|data|topic)? ?(?:is|'s) (?:strictly )?(?:confidential|classified)\b",
    rf"\b(?:would|'d) be (?:doing you )?{_BAD} (?:(?:of|for) me|(?:if I|to) {_HELP}(?:e?d)?)\b",
    rf"\bwould(?:n't| not) be {_BAD} (?:(?:of|for) me|(?:if I|to) {_HELP})\b",
    r"\b(?:isn't|is not|not) (?:possible|an option|permitted|allowed) for me\b",
    r"\b(?:beyond|outside|out of|past) (?:of )?my (?:\w+ )?(?:scope|abilit\w+|capabilit\w+|remit|reach|limits?|role|"
    r"expertise|skills?|"
    r"competence|permissions?)\b",
)
BOUNDARIES: tuple[str, ...] = (*_TERSE, *_BOUNDARIES, *_WAYS_OUT, *_RULED)
