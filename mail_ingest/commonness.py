"""How much a decoded text looks like a language somebody writes.

Each score is the mean over the non-ASCII characters, roughly -2 (noise) to 1 (ordinary text), so that
candidates of different codecs can be compared even for a subject of four characters.
"""

import unicodedata
from functools import lru_cache

# The commonest characters of Chinese news and letters, both scripts; a wrong codec rarely hits them.
_EVERYDAY = frozenset(
    "的一是不了在人有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她里后小么心多天而能好都然没日于起"
    "还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长知民样现分将外但身些与高意进把法此实回二理美点月明其种声全"
    "工己话儿者向情部正名定女问力机给等几很业最间新什打便位因重被走电四第门相次东政海口使教西再平真听世气信北少关并内加化由却代军产入先"
    "山五太水万市眼体别处总才场师书比住员九笑性通目华报立马命张活难神数件安表原车白应路期叫死常提感金何更反合放做系计或司利受光王果亲界"
    "及今京务制解各任至清物台象记边共风战干接它许八特觉望直服毛林题建南度统色字请交爱让认算论百吃义科怎元社术结六功指思非流每青管夫连远"
    "资队跟带花快条院变联言权往展该领传近留红治决周保达办运武半候七必城父强步完革深区即求品士转量空甚众技轻程告江语英基派满式李息写呢识"
    "极令黄德收脸钱党倒未持取设始版双历越史商千片容研像找友孩站广改议形委早房音火际则首单据导影失拿网香似斯专石若兵弟谁校读志飞观争究包"
    "组造落视济喜离虽坐集编宝谈府拉黑且随格尽剑讲布杀微怕母调局根曾准团段终乐切级克精哪官示冲竟乎男举客证苦照注费足尔招群热推晚响称兴待"
    "约阳哥惊吗整支古汉突号绝选吧参刊亚复伤类备欢另港势刻星断陈掌农夜般念价脑规底故省妈刚句显消衣陆器确破具居批送泽紧帮线存愿奇害增杨料"
    "州节左装易著急久低岁需酒河初游严铁族除份敢胡血企仍投闻斗纪脚右苏标饭云病医阿答土况境软考娘村刀击仅查引朝育续独罗买户护喝朋供责项背"
    "余希卫列图室乱刘爷龙咱章席错兄暗创排春须承案忙呼树仅痛沉启雨哈试沿吴诉访镇县乡迁拆补偿款欠薪资贴账镇贪腐败违纪督察整督促群众反映诉"
    "求投诉建议举报咨询表扬先女小姐尊敬您贵谢谢此致敬礼附件转发回复收件登记阅处请示通知公告通告征集街道居委会物业维修漏停暖供垃圾污染噪"
    "們個來說時會對學國過為這發後麼還沒開無當經頭見動長現將樣進實點種話兒從問機給幾業間電東門關內產體別總場師書員馬張難數應車親計務"
    "義氣聽許題統讓論結隊帶變權傳遠領資連轉單據導網專觀爭組視濟離雖隨盡劍講殺調終樂級舉證稱興約陽驚類備歡勢陳農價腦規顯陸確線節裝嚴"
    "鐵須雲醫況軟買護項龍錯創樹試訴訪鎮縣鄉遷補償貼賬貪敗違紀眾應詢謝復處請記閱號廣區歷寫識極記夠麗誠懇貴屬與團員陳關於房屋徵收貴查"
    "敬覆謹啟臺灣處理"
)
_GB_LEVEL_1 = frozenset(
    character
    for lead in range(0xB0, 0xD8)
    for trail in range(0xA1, 0xFF)
    for character in bytes((lead, trail)).decode("gb2312", "ignore")
)
_BIG5_LEVEL_1 = frozenset(
    character
    for lead in range(0xA4, 0xC7)
    for trail in (*range(0x40, 0x7F), *range(0xA1, 0xFF))
    for character in bytes((lead, trail)).decode("big5", "ignore")
)
_WESTERN_PUNCTUATION = frozenset("“”‘’—–…·°§«»„‚•€£©®™×")
_COMMON_CYRILLIC = frozenset("оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфі")


@lru_cache(maxsize=8192)
def _worth(character: str) -> float:
    """What one character says for a Chinese reading of the bytes."""
    code = ord(character)
    if character in _EVERYDAY:
        return 1.0
    if 0x3000 <= code <= 0x303F or 0xFF01 <= code <= 0xFF5E or character in _WESTERN_PUNCTUATION:
        return 0.8
    if character in _GB_LEVEL_1 or character in _BIG5_LEVEL_1:
        return 0.45
    if 0x4E00 <= code <= 0x9FFF:
        return 0.0
    if 0x20000 <= code <= 0x323AF or 0x3400 <= code <= 0x4DBF:
        return -0.2
    if unicodedata.category(character) in ("Cn", "Co", "Cc", "Cs") or character == "\ufffd":
        return -2.0
    return -0.3


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def hanzi_score(text: str) -> float:
    """Mean commonness of the Chinese characters; a hanzi squeezed between Latin letters counts against."""
    values = [_worth(character) for character in text if character > "\x7f"]
    squeezed = sum(
        1
        for before, character, after in zip(text, text[1:], text[2:], strict=False)
        if character > "\u2e80" and _is_ascii_letter(before) and _is_ascii_letter(after)
    )
    return _mean(values) - (squeezed / len(values) if values else 0.0)


def latin_score(text: str) -> float:
    """High for accents that stand alone inside words, low for runs of them (which is what GBK looks like)."""
    values = []
    padded = f" {text} "
    for before, character, after in zip(padded, padded[1:], padded[2:], strict=False):
        if character <= "\x7f":
            continue
        alone = before <= "\x7f" and after <= "\x7f"
        if character in _WESTERN_PUNCTUATION or character == "\xa0":
            values.append(0.6 if alone else -0.2)
        elif not character.isalpha():
            values.append(-0.8)
        elif (_is_ascii_letter(before) and before.islower()) or (_is_ascii_letter(after) and after.islower()):
            values.append(0.9 if alone else 0.3)
        else:
            values.append(0.3 if alone and before.isalpha() else -0.1)
    return _mean(values)


def cyrillic_score(text: str) -> float:
    """High for words of lower-case Cyrillic, low for the case jumble that a wrong codec gives."""
    values = []
    padded = f" {text} "
    for before, character, after in zip(padded, padded[1:], padded[2:], strict=False):
        if character <= "\x7f":
            continue
        if _is_ascii_letter(before) or _is_ascii_letter(after):
            values.append(-0.6)
        elif character in _COMMON_CYRILLIC:
            values.append(0.9)
        elif "\u0400" <= character <= "\u04ff":
            values.append(0.4 if character.isupper() and not before.isalpha() else -0.3)
        else:
            values.append(-0.3)
    # A hanzi or two can look like anything; whole words cannot.
    return _mean(values) if len(values) > 5 else _mean(values) - 1.0


def kana_score(text: str) -> float:
    """Japanese shows kana; without any, a Chinese reading is likelier."""
    values = [character for character in text if character > "\x7f"]
    kana = sum("\u3041" <= character <= "\u30fe" for character in values)
    half_width = sum("\uff61" <= character <= "\uff9f" for character in values)
    if not values or kana < len(values) * 0.15 or half_width > len(values) * 0.3:
        return -0.5
    return hanzi_score("".join(c for c in values if not "\u3041" <= c <= "\u30fe")) * 0.3 + 0.65


def hangul_score(text: str) -> float:
    """Korean is nearly all Hangul, and mostly common syllables; a wrong codec gives rare ones and hanja."""
    values = [character for character in text if character > "\x7f"]
    if len(values) < 3:
        return -0.5
    common = sum(character in _COMMON_HANGUL for character in values) / len(values)
    hangul = sum("\uac00" <= character <= "\ud7a3" for character in values) / len(values)
    return min(0.95, common + 0.5) if hangul > 0.85 and common > 0.3 else -0.2


_COMMON_HANGUL = frozenset(
    "이다는을의에가하고지은로를기사한자리어나시도인서아수정대해일보거과부전스라주안있습니까요그들만면여원장것동제상구"
    "녕세민입합신마무성와용소관으게야러오경우생문선공유저연발회내각당중적방모된했되될며히님께드려요청구감답변바"
)


def _is_ascii_letter(character: str) -> bool:
    return character.isascii() and character.isalpha()
