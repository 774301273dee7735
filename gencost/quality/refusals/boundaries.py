"""Sayings by which assistants refuse without an inability: short ones, boundaries, rules, ways out; English.

They belong to the version of ``gencost.quality.refusals.sayings``.
"""

from __future__ import annotations

_REST = r"[^.!?\n]"
_BEGINS = (
    r"(?:\A|(?<=[.!?\n]))\W{0,6}(?:(?:(?:so |very |i'm )?sorry|no|nope|nah|apologies|unfortunately)"
    r"[ ,:\u2013\u2014-]+)*"
)
_ENDS = r"(?=\W*(?:[.!;\n]|\Z))"
_CANNOT = r"(?:can't|cannot|can not|won't|will not|shouldn't|mustn't|must not)"
_THIS = r"(?:that|this|it|those|these|such|any of (?:that|this))"
_DO = r"(?:do|answer|write|share|discuss|provide|create|generate|give|explain|talk about|touch|support|make|say)"
_DOING = (
    r"(?:doing|writing|answering|helping|sharing|discussing|touching|providing|creating|giving|commenting|engaging|"
    r"taking|making|"
    r"talking|getting|political|offering)"
)
_TOPIC = r"(?:topic|subject|matter|request|question|area|line of (?:questioning|conversation))"
_RULES = (
    r"(?:guidelines|polic(?:y|ies)|rules|terms|training|principles|values|code|ethics|design|instructions|"
    r"programming|safeguards|restrictions|law)"
)
_BAD = (
    r"(?:irresponsible|unethical|wrong|inappropriate|unprofessional|harmful|dangerous|a disservice|(?:not |n't be )?"
    r"(?:right|appropriate|ethical|responsible|helpful))"
)
_HELP = (
    r"(?:help|assist|answer|comply|discuss|share|provide|write|create|generate|continue|support|speculate|"
    r"comment|judge|engage)"
)

_APOLOGY = r"\A\W*(?:(?:I'm|I am) (?:so |very |really )?sorry|sorry|I apologi[sz]e|my apologies)[,;:.]* "
_FOR_OTHERS = (
    r"(?:assist|answer|comply|help(?! but)|disclose|reveal|fulfil+|engage|offer(?:ing)? instructions?|"
    r"(?:provide|share|discuss|give|offer)(?:ing)? (?:that|this|it|such|you|any))\b"
)
# Nobody speaks, or "we" do.
_IMPERSONAL: tuple[str, ...] = (
    rf"{_APOLOGY}(?:but )?(?:absolutely |certainly |definitely |simply )?(?:no|not){_ENDS}",
    rf"{_APOLOGY}(?:but )?(?:that|this|it) (?:won't|will not) be possible\b",
    rf"{_APOLOGY}(?:but )?(?:it's|it is) not possible to (?:help|assist|answer|provide|comply|do that)\b",
    rf"{_APOLOGY}(?:but )?your request (?:won't|will not|can't|cannot) be\b",
    r"\A\W*(?:that|this|it) (?:would not|wouldn't) be (?:appropriate|ethical|right|responsible|legal)\W*\Z",
    r"\b(?:can't|cannot) imagine any (?:circumstances?|situations?|reason)\b[^.!?\n]{0,40}\bI\b|"
    r"\bany other non-malicious requests?\b",
    rf"(?:\A|[.!?;\n]|\bbut |\b(?:reasons?|policy|sorry|apologies),)\W{{0,6}}"
    rf"(?:(?:regrettably|unfortunately|sadly),? )?we(?:'re| are)? (?:{_CANNOT}|"
    rf"(?:not able|unable|not permitted|not allowed|not authori[sz]ed) to|(?:forbidden|prohibited) from) {_FOR_OTHERS}",
)
# The speaker is left out, or the verb, or both.
_TERSE: tuple[str, ...] = (
    rf"{_BEGINS}(?:{_CANNOT}|(?:not|un) ?(?:being )?(?:able|going|willing|allowed) to) "
    rf"(?:help(?! (?:but|\w+ing))|assist|comply|{_DO} {_THIS})\b",
    rf"{_BEGINS}(?:i'm |i am )?not (?:going (?:there|to happen)|{_DOING} )",
    rf"(?:{_BEGINS}|\b(?:and|but|so|therefore|one|that|which|here|fact) |, (?=I won't|I will not))I(?: just| simply|"
    rf" really)? (?:{_CANNOT}|"
    rf"refuse|decline)(?: to)?{_ENDS}",
    rf"\bI(?:'m| am) (?:not able|unable|not allowed|not permitted) to{_ENDS}|\bI(?:'m| am) restricted to\b",
    r"\b(?:prevents?|keeps?|stops?|bars?) me from (?:answering|helping|providing|sharing|discussing|"
    r"(?:writing|doing) (?:that|this|it|such))\b",
    rf"\b(?:as much as|much as|I would if|I wish|I'd (?:love|like) to)\b{_REST}{{0,60}}\bI {_CANNOT}\b",
    r"\bno can do\b|\b(?:hard|firm|flat) (?:no|pass)\b|\b(?:it's|that's|is) (?:a|going to be a) no (?:from me|here|"
    r"on)\b|\bno from me\b",
    r"\b(?:not going to happen|count me out|not a chance|(?:there(?:'s| is) )?no way (?:that )?(?:I(?:'m|'ll| am| "
    r"will| can|"
    r" could| would(?! have))|(?:am|will|can) I))\b",
    r"\A\W*(?:(?:sorry|apologies|i'm afraid|unfortunately),? )(?:but )?(?:that's|this is|that is|it's)? ?not "
    rf"possible{_ENDS}",
    *_IMPERSONAL,
    r"\A\W*(?:sorry|with (?:all due )?respect|thanks),? (?:but )?no\W*\Z|\A\W*(?:I )?pass\W*\Z|\bI have no "
    r"comment\b|\A\W*no comment\b",
)
# The speaker keeps away from it.
_BOUNDARIES: tuple[str, ...] = (
    r"\bI(?:'m| am| will|'ll| must| have to| need to| try to| aim to| strive to| "
    r"tend to| prefer to| always| generally| deliberately| "
    r"want to)*"
    rf" (?:abstain|refrain|steer clear of|stay away from (?:{_THIS}|politic\w+)|stay neutral|remain neutral|avoid "
    rf"(?:{_THIS}|{_DOING}))\b",
    rf"\bI (?:don't|do not|never) (?:do {_THIS}(?! (?:often|every|much|for|all))|take (?:sides|part|"
    r"positions?|stances?|a (?:position|stance|side))|go there|touch "
    rf"{_THIS})\b|\bI(?:'d rather|'ll)? "
    rf"keep{_REST}{{1,40}} (?:private|confidential|to myself)\b",
    r"\blines? (?:that )?I (?:won't|will not|don't|do not|can't|cannot) cross\b|\b(?:where|point) (?:that |at which "
    r")?I (?:stop|draw)\b",
    rf"\bI (?:{_CANNOT}|don't want to|refuse to) be (?:a )?(?:part|party|involved|complicit)\b|\bI want (?:no part|"
    r"nothing to do)\b",
    rf"\bI(?: just| simply| really)? {_CANNOT} (?:go down|touch|entertain|oblige|be of (?:help|assistance|service)|"
    r"take part)\b",
    rf"\byou {_CANNOT} get (?:that|this|it|any){_REST}{{0,30}}\bfrom me\b|\bdon't (?:ask|expect) me to (?:do|"
    rf"{_HELP})\b",
    r"\b(?:is|are|'s)(?:n't| not) (?:something|an? \w+|things) (?:that )?I(?:'m|'d|'ll| am| would| will)? (?:be |"
    r"ever )?"
    r"(?:do|give|write|offer|share|provide|discuss|help|can|will|engage|able|willing|going|comfortable|permitted|"
    r"allowed|authori[sz]ed|trained|equipped|designed|put|touch|"
    r"support|"
    r"want|wish|intend|plan|have access)\b",
    rf"\b(?:is|are|'s) (?:something|things|a {_TOPIC}|{_TOPIC}s) (?:that )?I (?:don't|do not|won't|will not|can't|"
    r"cannot|avoid|never|"
    rf"have to|must|am not|'m not)(?! (?:know|mind|like|love|enjoy|regret|understand))\b",
    r"\b(?:this|that|it)(?:'s| is)(?:n't| not) (?:one of (?:them|those)|on the (?:table|menu)|up for discussion|my "
    r"(?:place|role|job))\b",
    r"\b(?:this|that|it)(?: one)?(?:'s| is) (?:off the table|off[- ]limits|out of bounds|a no-go)\b",
    r"\banswer (?:has to|must|will have to) be no\b|\bagainst everything I\b",
    r"\bI (?:try|prefer|aim|choose) not to (?:share|give|express|offer|take|discuss|comment|weigh)\b",
    r"\b(?:isn't|is not) an? \w+ (?:where|in which|with which|on which) I (?:can|could|am|may)\b",
    r"\bI(?:'ve| have)? (?:decided|chosen|chose|opted) (?:not to|against)\b|\bI(?:'m| am) not at liberty\b|\bmy "
    r"lips are sealed\b|\bI plead the fifth\b",
    r"\bI (?:would not|wouldn't) feel (?:right|comfortable)\b|\b(?:under no circumstances|never|in no way|at no "
    r"point) (?:will|would|can|could|am) I\b",
    r"\b(?:happy|glad|willing|like|love) to\b[^.!?\n]{0,80}\bbut not (?:about|with|this|that|for|on|to)\b",
    r"\bI(?:'ve| have|'m| am| was)(?: been)? (?:designed|built|made|developed|trained|programmed) (?:not to|to "
    r"(?:avoid|decline|refuse|be safe, so))\b",
    r"\bI (?:do not|don't) (?:believe|think) (?:that )?(?:I should|it(?:'s| is| would be) (?:right|"
    r"appropriate|ethical|responsible|safe))\b",
)
# Another one, another topic, an end.
_WAYS_OUT: tuple[str, ...] = (
    r"\b(?:feel|feeling|am|I'm|makes? me|making me) (?:very |really )?uncomfortable\b|\A\W*uncomfortable with\b|"
    r"(?:\A|(?<=[;,.] ))(?:I )?must decline\b",
    rf"\b(?:which|that) I (?:don't|do not|won't|can't|cannot)(?: do| help with| provide| support)?{_ENDS}|, so "
    rf"(?:that's|it's) a no\b|\bwould be (?:illegal|unlawful|{_BAD}), so no{_ENDS}",
    r"\A\W*(?:would|will|can|could|should) I (?:help|write|do|share|provide|answer|tell)[^?.!\n]*\? no\b",
    r"\bI'd (?:prefer|rather) (?:that )?we (?:leave|left|skip|skipped|avoid|avoided|not|didn't)\b|\bhave to "
    r"disappoint you\b",
    rf"\byou {_CANNOT} find me \w+ing\b|\bnot from me(?=[.!])|\b(?:it's|it is|it would be|it'd be) (?:better|best|"
    r"safer) (?:that|if) "
    r"I (?:don't|do not|didn't|did not|not|stay)\b",
    r"\b(?:find|look for|need|try|ask) (?:someone|somebody|somewhere|anyone) else(?! to (?:check|proofread|"
    rf"review))\b(?= (?:to|for|who)\b|{_ENDS[3:-1]})",
    rf"\byou(?:'ll| will)?{_REST}{{0,20}}\blook elsewhere\b",
    rf"\A{_REST}{{0,40}}\b(?:let's|can we|could we|I'd rather we|how about we|shall we|we should|I'd rather) "
    r"(?:please )?(?:talk|talked|chat|"
    rf"speak|discuss|change|switch|move on|stick|try|focus){_REST}{{0,20}}\b(?:something else|(?:the|a different|"
    r"another|a new) (?:subject|"
    rf"topic)|other things)(?! line)",
    r"\bI(?:'m| am) (?:probably )?not the right (?:tool|assistant|one|person|place|model|resource)\b",
    r"\b(?:please|you can|you may|to) (?:start|begin|open) (?:a )?(?:new|fresh) (?:topic|conversation|chat)(?! "
    r"thread)\b|\bthis conversation has reached\b",
    r"\b(?:our|this|the) conversation (?:can't|cannot|won't|is over|ends here|has to end)\b|\bI(?:'m| am) ending "
    r"(?:the|this|our)\b",
)
# Rules and filters that forbid it.
_RULED: tuple[str, ...] = (
    r"\b(?:is not|'s not|isn't) (?:appropriate|ethical|responsible|acceptable|right|safe|legal)(?:,? (?:or|and|"
    rf"nor) \w+){{0,2}} (?:for me )?to "
    rf"(?:{_HELP}|give|offer|fulfil+)\b|\bnot within my\b",
    rf"\b{_RULES}\b{_REST}{{0,20}}\b(?:don't|doesn't|do not|does not|won't|will not|prevents?|prohibits?|forbids?|"
    r"bars?|stops?|keeps?|"
    rf"restricts?)\b(?: let| allow| permit)?(?: me| us)\b",
    rf"\b(?:I(?:'m| am)|this|that|your|request|message|prompt)\b{_REST}{{0,20}}\b(?:prohibited|forbidden|barred|"
    r"prevented|restricted|"
    rf"blocked|disallowed|flagged) (?:by|under|due to|because of)\b{_REST}{{0,30}}\b(?:{_RULES}|filters?|moderation|"
    r"system)\b",
    rf"\bagainst (?:the|our|my|company) (?:\w+ )?{_RULES}\b{_REST}{{0,20}}\bfor me\b|\bagainst (?:my|our) {_RULES}\b",
    r"\b(?:falls?|comes?) (?:under|into|within) (?:the )?(?:category of )?(?:prohibited|disallowed|restricted|"
    r"forbidden)\b",
    r"\b(?:that|this|these|my) (?:information|data|topic|instructions|system prompt|prompt)? ?(?:is|'s|are) "
    r"(?:strictly )?(?:confidential|classified)\b",
    rf"\b(?:would|'d) be (?:doing you )?{_BAD} (?:(?:of|for) me|(?:if I|to) {_HELP}(?:e?d)?)\b",
    rf"\bwould(?:n't| not) be {_BAD} (?:(?:of|for) me|(?:if I|to) {_HELP})\b",
    r"\b(?:isn't|is not|not) (?:possible|an option|permitted|allowed) for me\b",
    r"\b(?:beyond|outside|out of|past) (?:of )?(?:my (?:\w+ )?(?:scope|abilit\w+|capabilit\w+|remit|reach|"
    r"wheelhouse|lane|purview|limits?|"
    r"role|expertise|"
    r"skills?|competence|permissions?)|the (?:topics|things|scope) (?:that )?I)\b",
    r"\b(?:requests?|questions?|prompts?|content) (?:like (?:this|that)(?: one)?|of this (?:kind|sort|"
    rf"nature))\b{_REST}{{0,20}}\b(?:not|n't|cannot|denied)\b",
    r"\b(?:(?:this|that|your)(?: requested)?|the requested|the(?= request )) "
    r"(?:request|information|content|instructions?|assistance) "
    r"(?:cannot|can't|can not|will not|won't) be (?:fulfilled|completed|provided|shared|supported|"
    r"accommodated|answered|generated)\b(?! (?:by\b|between|publicly|when|until|if|unless|while|without|"
    r"in (?:the|a|one)\b))",
    r"\b(?:this|our|the) (?:assistant|bot|chatbot)\b (?:is (?:not able|unable)|can't|cannot|does(?:n't| not)|will "
    r"not|won't)\b",
    rf"\bcontent (?:is )?(?:not available|unavailable|blocked|withheld|removed)\b{_REST}{{0,20}}\b(?:{_RULES}|"
    r"filters?)\b",
)
BOUNDARIES: tuple[str, ...] = (*_TERSE, *_BOUNDARIES, *_WAYS_OUT, *_RULED)
