"""Sayings by which assistants refuse in European languages but English: data of the scorer ``no_refusal``.

They belong to the version of ``gencost.quality.refusals.sayings``.
"""

from __future__ import annotations

from gencost.quality.refusals.language import ANY, Language

GERMAN = Language(
    sorry=r"\b(?:tut mir (?:sehr )?leid|leider|entschuldig\w+|bedauere?|verzeih\w*)\b",
    unable=r"\b(?:ich (?:kann|darf|werde|möchte|will|bin)|(?:kann|darf|werde|möchte|will|bin) ich)\b(?! "
    rf"nur\b){ANY}{{0,60}}?\b(?:nicht"
    rf"|nichts|kein\w*|außer\s?stande)\b|\bmir (?:leider )?nicht (?:möglich|erlaubt|gestattet)\b",
    helps=r"helfen|behilflich|beantwort|unterstütz|bereitstell|erfüll|nachkommen|\bgeben|erteilen|erstellen|"
    r"\w*schreiben|liefern|"
    r"anbieten|teilnehmen|\btun\b|\bmachen\b|Auskunft|bearbeiten|sprechen|\bsagen|teilen|äußern|diskutieren|"
    r"erklären|weitergeben|Stellung (?:nehmen|beziehen)|Meinung",
    outright=r"\bich (?:helfe|unterstütze|mache|schreibe|erstelle|beantworte|gebe|liefere|teile|sage|tue|"
    r"erkläre)\b(?! nur)[^.!?\n]{0,40}\b"
    r"(?:nicht|kein\w*)(?=[.!\n]| (?:dabei|dazu|weiter|heraus|preis|\w*(?:anleitung|auskunft|ratschl|inhalt|"
    r"information|tipps)\w*)|\Z)"
    r"|\b(?:helfe|mache|schreibe|erstelle|beantworte|gebe|tue|unterstütze) ich (?:dir |Ihnen |euch )?(?:leider |"
    r"grundsätzlich )?(?:nicht|"
    r"kein\w*)\b|\bich (?:muss|lehne)\b[^.!?\n]{0,40}\b(?:ablehnen|ab)(?=[.,!\n]|\Z)|\bweigere mich\b|tut mir "
    r"leid[^.!?\n]{0,20}\b(?:das )?"
    r"geht nicht(?=[.!]|\Z)|\b(?:habe ich|ich habe) (?:leider )?kein\w* (?:zugriff|zugang|möglichkeit|fähigkeit)|"
    r"gegen (?:meine|unsere) (?:\w+ )?(?:richtlinien|grundsätze|regeln|prinzipien)|\bvon "
    r"etwas anderem reden|"
    r"\bl(?:ass|asst|assen sie) uns (?:lieber |bitte )?(?:über etwas anderes|das thema)",
)
FRENCH = Language(
    sorry=r"\bdésolée?|\bnavrée?|je regrette|je m'excuse|\bmalheureusement",
    unable=r"\bje ne (?:peux(?! (?:que|m'empêcher))|pourrai|saurais|dois|vais|veux|souhaite|suis pas (?:en mesure|"
    r"autorisée?|capable))|"
    r"m'est (?:pas )?(?:impossible|possible|permis|interdit)|\bje préfère ne pas|\bdans l'incapacité de|\bje n'ai "
    r"pas (?:le droit|"
    r"l'autorisation|la possibilité)",
    helps=r"\baider|divulguer|répondre|fournir|assister|faire (?:cela|ça)|accéder|générer|créer|donner|partager|"
    r"satisfaire|écrire|"
    r"participer|aborder|parler|discuter|produire|rédiger|accéder|commenter|expliquer",
    outright=r"\bje (?:dois )?(?:refuser?|décliner?)\b(?! (?:de croire|l'offre|l'invitation))|(?:enfrein\w+|"
    r"contraire à|contre|à l'encontre de) "
    r"mes (?:règles|directives|principes|consignes)|\bje n'ai pas (?:accès|la capacité|la possibilité)|désolée?,? "
    r"(?:mais )?c'est non|\bparlons (?:plutôt )?d'autre "
    r"chose|\bje (?:ne "
    r"(?:fournis|donne|partage|crée|rédige|produis|réponds)|n'(?:aide|écris|offre)) pas\b(?! (?:que|seulement))",
)
SPANISH = Language(
    sorry=r"\b(?:lo siento|lo lamento|disculp[ae]|perdon[ae]|lamentablemente|desafortunadamente)\b",
    unable=r"\bno (?:puedo(?! (?:dejar de|evitar))|podré|podría|me es posible|me está permitido|estoy (?:en "
    r"condiciones|autorizad|capacitad)"
    r"|debo|voy a|quiero|soy capaz|tengo permi)|\b(?:lamento|siento) no poder|\bprefiero no\b",
    helps=r"ayud|asisti|proporcion|cumpl|respond|contest|generar|crear|ofrecer|\bdar(?:te|le)?\b|brind|satisf|"
    r"escribir|hablar|compartir|"
    r"facilit|participar|hacer (?:eso|esto)|comentar|tratar|explicar|discutir",
    outright=r"\b(?:debo|tengo que) (?:rechazar|declinar|negarme)|\bno tengo (?:acceso|la capacidad|permi\w+)|\bme "
    r"niego a\b(?! creer)|\b(?:viola(?:n)?|contra "
    r"(?:de )?)\s?(?:mis|"
    r"nuestras) (?:directrices|políticas|normas|principios|reglas|valores)|\bhablemos de otr|\bcambiemos de tema|"
    r"\bno (?:proporciono|ayudo|"
    r"ofrezco|escribo|respondo|comparto|doy|genero)\b|(?:lo siento|disculpa|perdón),? no puedo(?=[.!]|\Z)",
)
PORTUGUESE = Language(
    sorry=r"\b(?:desculpe?|lamento|sinto muito|infelizmente)\b",
    unable=r"\bnão (?:posso|consigo|poderei|vou|quero|me é (?:possível|permitido)|estou autorizad|sou capaz|tenho "
    r"permissão)|\bprefiro não\b",
    helps=r"ajud|auxili|atender|fornec|respond|criar|gerar|escrever|compartilh|partilhar|oferec|particip|fazer isso|"
    r"falar|discutir|comentar|"
    r"explicar|\bdar\b",
    outright=r"\bnão tenho (?:acesso|a capacidade|permissão)|\brecuso-me|\bme recuso|\b(?:devo|tenho (?:de|que)|"
    r"preciso) (?:recusar|declinar)|\b(?:viola(?:m)?|"
    r"contra) (?:as )?(?:minhas|"
    r"meus|os meus|nossas) (?:diretrizes|políticas|normas|princípios|regras)|\bvamos (?:falar de outra coisa|mudar "
    r"de assunto)|"
    r"\bnão (?:forneço|ajudo|escrevo|respondo|crio|ofereço|compartilho)\b",
)
ITALIAN = Language(
    sorry=r"\b(?:mi (?:di)?spiace|spiacente|mi scuso|purtroppo)\b",
    unable=r"\bnon (?:posso(?! (?:fare a meno|che))|sono (?:in grado|autorizzat|capace)|mi è (?:possibile|permesso|"
    r"consentito)|potrò|voglio|"
    r"intendo|ho il permesso)|\bpreferisco non\b",
    helps=r"aiut|assist|forni|rispond|soddisf|creare|generare|scrivere|\bdar(?:e|ti|le)\b|condivid|offri|partecip|"
    r"parlar|discut|trattare|"
    r"comment|farlo",
    outright=r"\bdevo (?:rifiutare|declinare)|\bnon ho (?:accesso|la capacità|il permesso)|\bmi rifiuto\b(?! di "
    r"credere)|\bcontro (?:le mie|i miei|le nostre) "
    r"(?:linee guida|regole|principi|"
    r"politiche)|\bviola le mie|\bparliamo d'altro|\bcambiamo argomento|\bnon (?:fornirò|fornisco|aiuto|aiuterò|"
    r"scriverò|scrivo|rispondo|"
    r"risponderò|darò|creo)\b",
)
DUTCH = Language(
    sorry=r"\b(?:spijt me|sorry|helaas)\b",
    unable=rf"\b(?:ik (?:kan|mag|zal|ga|wil|ben)|(?:kan|mag|zal|ga|wil|ben) ik)\b{ANY}{{0,50}}?\b(?:niet|geen)\b",
    helps=r"helpen|antwoord|verstrek|\bgeven|bieden|schrijven|voldoen|ondersteun|delen|hebben over|over hebben|in "
    r"staat|\bdoen\b|praten|maken",
    outright=r"\b(?:dat|dit|zoiets) doe ik niet|\bik (?:weiger|help (?:je )?(?:daar )?niet)\b|\bmoet (?:ik )?(?:dit "
    r"|dat )?(?:weigeren|"
    r"afwijzen)|(?:in strijd met|tegen) (?:mijn|onze) (?:richtlijnen|regels|principes|beleid)|\blaten we (?:het "
    r")?over iets anders",
)
POLISH = Language(
    sorry=r"\b(?:przepraszam|przykro mi|niestety)\b",
    unable=r"\bnie (?:mogę|jestem w stanie|będę|wolno mi|chcę|zamierzam|mam (?:prawa|uprawnień))|\bwolę (?:o tym "
    r")?nie\b",
    helps=r"\bpom(?:óc|og|ag)|odpowiedzie|odpowiada|udziel|udostępni|spełni|dostarcz|stworz|napisa|pisać|wygener|"
    r"rozmawia|omawia|tego zrobić|"
    r"podać",
    outright=r"\b(?:muszę odmówić|odmawiam)\b|\bnie (?:pomogę|napiszę|odpowiem|udzielę|zrobię tego|podam)\b|"
    r"\bnarusza moje|\bsprzeczne z moimi|"
    r"\bporozmawiajmy o czymś innym",
)
RUSSIAN = Language(
    sorry=r"извините|простите|к сожалению|сожалею|прошу прощения",
    unable=r"(?<!\w)не (?:могу(?! не )|смогу|буду|в состоянии|хочу|стану|имею права|вправе|уполномочен)|мне "
    r"(?:нельзя|запрещено|не разрешено)|"
    r"для меня невозможно",
    helps=r"помочь|помогать|ответить|отвечать|предостав|выполн|создать|создавать|обсужд|сгенер|написать|писать|дать "
    r"|давать|поддерж|говорить|"
    r"делиться|разглаш|рассказ|(?:это|этого) (?:делать|сделать)|(?:делать|сделать) (?:это|этого)|участвовать",
    outright=r"вынужден[аы]? отказать|(?<!\w)я отказываюсь(?! верить)|(?:противоречит|нарушает) (?:мо\w+|наш\w+) "
    r"(?:правил|принцип|политик)|"
    r"давай(?:те)? (?:лучше )?(?:сменим тему|поговорим )|(?<!\w)я не (?:предоставляю|помогаю|даю|пишу|создаю|"
    r"обсуждаю|отвечаю)(?!\w)",
)
UKRAINIAN = Language(
    sorry=r"вибачте|на жаль|перепрошую",
    unable=r"(?<!\w)не (?:можу|зможу|буду|маю права)",
    helps=r"допомог|відповісти|надати|виконати|створити|написати|обговор",
    outright=r"(?<!\w)я відмовляюсь|змушен\w+ відмовити",
)
CZECH = Language(
    sorry=r"\b(?:omlouvám se|bohužel|promiňte|je mi líto)\b",
    unable=r"\b(?:nemohu|nemůžu|nesmím|nebudu|nechci)\b",
    helps=r"pomoci|pomoct|poskytnout|odpovědět|vytvořit|splnit|vyhovět|napsat|psát|sdílet|udělat",
    outright=r"\b(?:odmítám|to neudělám|musím odmítnout)\b",
)
NORDIC = Language(
    sorry=r"\b(?:tyvärr|desværre|dessverre|beklager|ledsen|beklagar|undskyld|unnskyld)\b",
    unable=r"\b(?:(?:kan|får|kommer|vill|vil|må|tänker) (?:tyvärr |desværre |dessverre )?(?:jag|jeg)|(?:jag|jeg) "
    r"(?:kan|får|vill|vil|må|kommer|"
    rf"tänker))\b{ANY}{{0,30}}?\b(?:inte|ikke)\b",
    helps=r"hjälp|hjelp|hjælp|svar|tillhandahåll|bistå|\bge\b|\bgi\b|\bgive\b|skriv|göra det|gjøre det|gøre det|"
    r"\bdela\b|dele",
    outright=r"\b(?:jag vägrar|jeg nekter|jeg nægter)\b|\bmåste jag (?:avböja|neka)|\bjeg (?:må|er nødt til at) "
    r"(?:avslå|afvise)",
)
FINNISH = Language(
    sorry=r"\b(?:valitettavasti|pahoittelen|anteeksi)\b",
    unable=r"\ben (?:valitettavasti )?(?:voi|pysty|saa|aio|halua)\b",
    helps=r"autta|vasta|tarjo|antaa|kirjoit|tehdä|luoda|jakaa|keskustel",
    outright=r"\bkieltäydyn\b",
)
TURKISH = Language(
    sorry=r"\b(?:üzgünüm|maalesef|özür dilerim|kusura bakmay\u0131n)\b",
    unable=r"\w(?:[ae]mam|[ae]mem|[ae]m[i\u0131]yorum)\b",
    outright=r"(?:ol|ed|ver|getir|sağlay|oluştur|yaz|paylaş|karş\u0131lay|yan\u0131tlay|cevaplay|yap)[ae]m(?:[ae]m|"
    r"[i\u0131]yorum)\b|"
    r"\breddediyorum\b|\breddetmek zorunday",
)
HUNGARIAN = Language(
    sorry=r"\b(?:sajnálom|sajnos|elnézést)\b",
    unable=r"\bnem (?:tudok|áll módomban|tehetem|fogok|szeretnék)",
    helps=r"segíteni|válaszolni|nyújtani|írni|teljesíteni|létrehozni",
    outright=r"\bvisszautasítom\b|\bel kell utasítanom|\bnem (?:segíthetek|válaszolhatok|adhatok|írhatok|oszthatok)\b",
)
ROMANIAN = Language(
    sorry=r"\b(?:îmi pare rău|din păcate|scuze)\b",
    unable=r"\bnu (?:te |vă |îți )?(?:pot|sunt în măsură|am voie)\b",
    helps=r"ajuta|ajut|oferi|răspund|furniza|crea|scrie|discuta",
    outright=r"\brefuz să\b|\btrebuie să refuz",
)
GREEK = Language(
    sorry=r"λυπάμαι|συγγνώμη|δυστυχώς",
    unable=r"δεν (?:μπορώ|θα|επιτρέπεται )",
    helps=r"βοηθήσω|παρέχω|παράσχω|απαντήσω|δημιουργήσω|γράψω|συζητήσω",
    outright=r"(?<!\w)αρνούμαι",
)
BULGARIAN = Language(
    sorry=r"съжалявам|за съжаление|извинете|извинявай",
    unable=r"(?<!\w)не (?:мога|мога да|ще|бива|съм в състояние|ми \u0435 позволено)",
    helps=r"помог|помагам|отговор|предостав|напиш|създа|изпълн|обсъжда",
    outright=r"(?<!\w)отказвам(?! \u0441\u0435)|трябва да откажа",
)
SERBO_CROATIAN = Language(
    sorry=r"\b(?:žao mi je|nažalost|oprosti(?:te)?|izvini(?:te)?|ispričavam se)\b",
    unable=r"\bne (?:mogu|smijem|smem|želim|ću)\b|\bnisam u mogućnosti\b",
    helps=r"pomoć|pomogn|odgovor|pruži|\bdati\b|dam\b|napis|napiš|izvrš|ispuni",
    outright=r"\b(?:odbijam(?! vjerovati| da verujem)|moram odbiti)\b",
)
SERBIAN = Language(
    sorry=r"жао ми \u0458\u0435|нажалост|извини(?:те)?|опрости(?:те)?",
    unable=r"(?<!\w)не (?:могу|смем|желим|ћу)(?!\w)",
    helps=r"помо[ћг]|одговор|пружи|напи[сш]|испуни",
)
SLOVAK = Language(
    sorry=r"\b(?:ľutujem|bohužiaľ|žiaľ|prepáčte|ospravedlňujem sa|je mi ľúto)\b",
    unable=r"\b(?:nemôžem|nesmiem|nebudem|nechcem)\b",
    helps=r"pomôcť|poskytnúť|odpoved|vytvoriť|splniť|vyhovieť|napísať",
    outright=r"\b(?:odmietam|musím odmietnuť)\b",
)
SLOVENIAN = Language(
    sorry=r"\b(?:žal|oprostite|opravičujem se)\b",
    unable=r"\bne (?:morem|smem|bom)\b",
    helps=r"pomaga|pomoč|odgovori|zagotovi|napisa|ustvari",
)
CATALAN = Language(
    sorry=r"\b(?:ho sento|em sap greu|malauradament)\b",
    unable=r"\bno (?:puc|podré|estic autoritzad|soc capaç)",
    helps=r"ajudar|respondre|proporcionar|\bdonar|escriure|fer (?:això|-ho)|complir|crear",
)
LITHUANIAN = Language(
    sorry=r"\b(?:atsiprašau|deja)\b", unable=r"\bnegaliu\b", helps=r"padėti|atsakyti|pateikti|įvykdyti"
)
LATVIAN = Language(
    sorry=r"\b(?:atvainojiet|diemžēl)\b", unable=r"\bnevaru\b", helps=r"palīdzēt|atbildēt|sniegt|izpildīt"
)
ESTONIAN = Language(sorry=r"\b(?:vabandust|kahjuks)\b", unable=r"\bma ei saa\b", helps=r"aidata|vastata|pakkuda|täita")
LATIN = (
    *(GERMAN, FRENCH, SPANISH, PORTUGUESE, ITALIAN, DUTCH, POLISH),
    *(CZECH, NORDIC, FINNISH, TURKISH, HUNGARIAN, ROMANIAN),
    *(SERBO_CROATIAN, SLOVAK, SLOVENIAN, CATALAN, LITHUANIAN, LATVIAN, ESTONIAN),
)
NOT_LATIN = (RUSSIAN, UKRAINIAN, GREEK, BULGARIAN, SERBIAN)
