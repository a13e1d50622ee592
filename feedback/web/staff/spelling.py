"""How each sign of a receipt code is said on the phone: in Chinese by a city, in English by the radio alphabet."""

from feedback.catalogues import CHINESE

SPOKEN = {
    "2": ("二", "two"),
    "3": ("三", "three"),
    "4": ("四", "four"),
    "5": ("五", "five"),
    "6": ("六", "six"),
    "7": ("七", "seven"),
    "8": ("八", "eight"),
    "9": ("九", "nine"),
    "H": ("哈尔滨的 H", "Hotel"),
    "K": ("开封的 K", "Kilo"),
    "L": ("洛阳的 L", "Lima"),
    "M": ("绵阳的 M", "Mike"),
    "T": ("天津的 T", "Tango"),
    "W": ("武汉的 W", "Whiskey"),
    "X": ("西安的 X", "X-ray"),
    "Y": ("银川的 Y", "Yankee"),
}


def spoken(sign: str, language: str) -> str:
    chinese, english = SPOKEN[sign]
    return chinese if language == CHINESE else english
