"""Sayings by which assistants refuse in languages of Asia and Africa: data of the scorer ``no_refusal``.

They belong to the version of ``gencost.quality.refusals.sayings``.
"""

from __future__ import annotations

from gencost.quality.refusals.language import Language

VIETNAMESE = Language(
    sorry=r"\bxin lỗi|rất tiếc",
    unable=r"\b(?:tôi|mình)(?: rất tiếc)? (?:không thể|không được phép|sẽ không)|\bkhông thể (?=giúp|hỗ trợ|trả lời|"
    r"cung cấp)",
    helps=r"giúp|hỗ trợ|cung cấp|trả lời|đáp ứng|thực hiện|\btạo|viết",
    outright=r"\btôi (?:xin )?từ chối",
)
INDONESIAN = Language(
    sorry=r"\bmaaf",
    unable=r"\b(?:saya )?tidak (?:dapat|bisa|boleh|akan)\b",
    outright=r"\bsaya tidak (?:dapat|bisa|boleh|akan) (?:mem|men|meng|me)?(?:bantu|beri|jawab|menjawab|menyedia|"
    r"memenuhi|penuhi|buat|tulis|ulis|"
    r"bagi|lakukan)|\bsaya (?:menolak|harus menolak)",
)
THAI = Language(
    sorry=r"ขออภัย|ขอโทษ|เสียใจ",
    unable=r"ไม่สามารถ|ไม่อาจ|ไม่ได้รับอนุญาต",
    helps=r"ช่วย|(?:ให้|สร้าง)(?:ข้อมูล|คำ|เนื้อหา)|ตอบ|ทำตาม|ดำเนินการ",
    outright=r"ขอปฏิเสธ|ไม่สามารถ(?:ให้|สร้าง)",
)
ARABIC = Language(
    sorry=r"عذرا|عذرًا|آسف|أعتذر|للأسف",
    unable=r"لا (?:أستطيع|يمكنني|أقدر|يجوز لي|يسمح لي)|لن (?:أتمكن|أستطيع|أقوم)|لست قادر|غير قادر",
    helps=r"مساعد|المساعدة|تقديم|الإجابة|تلبية|توفير|إنشاء|كتابة|مشاركة|تنفيذ|مناقشة",
    outright=r"(?<!\w)أرفض|(?<!\w)أمتنع عن",
)
HEBREW = Language(
    sorry=r"מצטער|סליחה|לצערי",
    unable=r"לא (?:יכולה?|אוכל|מורשה)",
    helps=r"לעזור|לסייע|לספק|לענות|לכתוב|ליצור|לשתף",
    outright=r"אני מסרב",
)
PERSIAN = Language(
    sorry=r"متأسفم|متاسفم|ببخشید|متأسفانه",
    unable=r"نمی\u200c?\s?توانم|قادر نیستم",
    helps=r"کمک|پاسخ|ارائه|بنویسم|انجام",
)
HINDI = Language(
    sorry=r"क्षमा|माफ़|खेद",
    unable=r"नहीं (?:कर|दे|लिख|बता|बना) (?:सकता|सकती|सकते|पाऊ)|असमर्थ|नहीं (?:करूँगा|करूंगा|दूँगा|दूंगा)",
    helps=r"मदद|सहायता|जवाब|उत्तर|प्रदान|पूरा|अनुरोध|जानकारी",
    outright=r"इनकार करता|मना करता",
)
BENGALI = Language(sorry=r"দুঃখিত|ক্ষমা", unable=r"পার(?:ছি|ব|ি) না", helps=r"সাহায্য|উত্তর")
_CHINESE_CANNOT = (
    r"(?:无法|無法|不能|没法|"
    r"沒法|不可以|不便|不方便|不会|不會|不愿|不願|拒绝|拒絕|没有?办法|还没学习如何|還沒學習如何)"
)
_CHINESE_DO = (
    r"(?:帮|幫|协助|協助|提供|给到|給到|给出|給出|回答|满足|滿足|完成|参与|參與|处理|"
    r"生成|创建|撰写|写|寫|讨论|討論|执行|透露|谈论|评论)"
)
CHINESE = Language(
    sorry=r"抱歉|对不起|對不起|很遗憾|很遺憾|不好意思",
    unable=r"无法|無法|不能|不可以|不会|不會|拒绝|拒絕|不了|不方便|超出(?:了)?我",
    outright=rf"我(?!们|們)[^\u3002\uff01\uff1f\n]{{0,10}}{_CHINESE_CANNOT}[^\u3002\uff01\uff1f\n\uff0c]{{0,6}}{_CHINESE_DO}|"
    r"(?:帮|幫)不(?:了|上)|(?:\A|[\u3002\uff0c,])\s*(?:因此|所以)?(?:无法|無法|不能)(?:为|為|向|给)?(?:您|你)?(?:提供|协助|協助|回答|满足|继续)|"
    r"我(?:必须|不得不|只能)?(?:拒绝|拒絕)(?:回答|提供|执行|协助|这|這|了?你)|超出(?:了)?我的(?:能力|权限|範圍|范围)|没有(?:访问|能力|权限)|换个话题|換個話題|"
    r"违反[了]?(?:我的|我们的|相关)?(?:使用)?(?:准则|政策|规定|原则|指南)",
)
_JAPANESE_CANNOT = r"(?:できません|できかねます|(?:いた|致)?しかねます|出来ません)"
JAPANESE = Language(
    sorry=r"申し訳|すみません|ごめんなさい|恐れ入り|残念ながら",
    unable=r"できません|できかねます|いたしかねます|えません|れません|添えず",
    outright=r"(?:お手伝い|お答え|ご?対応|提供|お応え|支援|回答|お力になる|お助け|作成|お教え|お伝え|アクセス|お話し)[^\u3002\uff01\uff1f\n]{0,12}"
    rf"{_JAPANESE_CANNOT}|(?:手伝え|答えられ|応えられ|応じられ|教えられ)ません|(?:応じ|お答えし|対応し)かねます|お断り(?:し|いた)|添えず申し訳|"
    r"(?:ガイドライン|ポリシー|方針)に(?:違反|反し)|別の話題にしましょう",
)
KOREAN = Language(
    sorry=r"죄송|미안|유감|아쉽지만",
    unable=r"없습니다|없어요|못합니다|어렵습니다|없네요",
    outright=r"(?:도와|도움|답변|제공|응답|대답|지원|응할|들어드릴|접근|말씀드릴|알려드릴|(?:요청|질문|내용|글|코드)[^.!?\n]{0,6}(?:처리|수행|작성|생성))"
    r"[^.!?\n]{0,20}(?:수(?:가|는)? 없(?:습니다|어요|네요)|수 없는 (?:내용|요청|질문|주제)|"
    r"어렵(?:습니다|네요)|못합니다|못해요)|"
    r"거절하겠습니다|거부합니다|거절할게요|(?:가이드라인|정책)에 (?:위배|어긋)|다른 이야기를 하",
)
URDU = Language(
    sorry=r"معذرت|معاف|افسوس",
    unable=r"نہیں (?:کر|دے|لکھ|بتا|بنا) (?:سکتا|سکتی|سکتے|پاؤں)|قاصر ہوں",
    helps=r"مدد|جواب|فراہم|معلومات|درخواست|پورا",
)
TAMIL = Language(sorry=r"மன்னிக்கவும்|வருந்துகிறேன்", unable=r"(?:முடியாது|இயலாது)", helps=r"உதவ|பதில|வழங்க")
TELUGU = Language(sorry=r"క్షమించండి|క్షమించాలి", unable=r"(?:లేను|కుదరదు)", helps=r"సహాయ|సమాధాన|అందించ")
TAGALOG = Language(
    sorry=r"\b(?:paumanhin|pasensya|ikinalulungkot|sorry)\b",
    unable=r"\bhindi (?:ko|kita|ako|namin|po)\b",
    helps=r"tulong|matutulungan|magagawa|maibibigay|masasagot|makapagbibigay",
)
SWAHILI = Language(
    sorry=r"\b(?:samahani|pole|kwa bahati mbaya)\b",
    unable=r"\b(?:siwezi|siruhusiwi|sitaweza)\b",
    helps=r"saidia|kutoa|jibu|timiza|andika",
)
LATIN = (VIETNAMESE, INDONESIAN, TAGALOG, SWAHILI)
NOT_LATIN = (THAI, ARABIC, HEBREW, PERSIAN, HINDI, BENGALI, CHINESE, JAPANESE, KOREAN, URDU, TAMIL, TELUGU)
