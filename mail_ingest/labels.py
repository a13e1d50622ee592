"""The words that mail programs print before sender, recipient, date and subject of a message they quote or forward.

By field and language, as the clients of that language print them. Compared without blanks and case, so that
``发 件 人``, ``日　期`` (Aliyun, 139) and ``De :`` (French) are met too.
"""

import re

# Blanks inside a label are written as underscores.
_WORDS = {
    "from": {
        "zh": "发件人 发信人 发送人 发送者 寄件者 寄件人 發件人 發信人 寄信人 来自 來自 发件人地址 原发件人",
        "en": "From Sender",
        "ja": "差出人 送信元 送信者",
        "ko": "보낸사람 보낸이 발신자 발신인",
        "de": "Von Absender",
        "fr es pt": "De Expéditeur Remitente Remetente",
        "it": "Da Mittente",
        "nl": "Van Afzender",
        "sv da no": "Från Fra Avsändare Afsender Avsender",
        "fi et": "Lähettäjä Saatja Kellelt",
        "pl cs sk hr sl": "Od Nadawca Odesílatel Odosielateľ Šalje Pošiljatelj Pošiljalac",
        "hu": "Feladó",
        "ro": "De_la Expeditor Expeditorul",
        "tr": "Kimden Gönderen",
        "ru uk bg": "От От_кого Отправитель Від Від_кого Відправник Подател",
        "vi": "Từ Người_gửi",
        "el he ar th id": "Από מאת من จาก Dari",
        "lt lv": "Nuo No Siuntėjas",
    },
    "to": {
        "zh": "收件人 收信人 收件者 收件人地址 接收人 接收者",
        "en": "To",
        "ja": "宛先 送信先",
        "ko": "받는사람 받는이 수신자 수신인 수신",
        "de": "An Empfänger",
        "fr": "À A Pour Destinataire",
        "es pt": "Para Destinatario Destinatário",
        "it": "Per Destinatario",
        "nl": "Aan",
        "sv da no": "Till Til Mottagare Modtager Mottaker",
        "fi et": "Vastaanottaja Saaja Adressaat Kellele",
        "pl cs sk hr": "Do Adresat Komu Příjemce Pre Príjemca Prima Za Primatelj Kome",
        "hu": "Címzett",
        "ro": "Către Destinatar Destinatarul Pentru",
        "tr": "Kime Alıcı",
        "ru uk bg": "Кому Получатель Одержувач До",
        "vi": "Đến Tới Người_nhận",
        "el he ar th id": "Προς אל إلى ถึง Kepada",
        "lt lv": "Kam",
    },
    "cc": {
        "zh": "抄送 抄送人 抄送者 副本 副本抄送 副本收件人",
        "en": "Cc Copy",
        "ja": "",
        "ko": "참조",
        "de nl cs": "Kopie Kopie_(CC)",
        "fr es pt it": "Copie Copia Cópia Copie_à Copia_a Per_conoscenza",
        "sv da no fi et": "Kopia Kopi Kopio Koopia",
        "pl": "DW Dw",
        "sk hr": "Kópia Kopija",
        "hu": "Másolat Másolatot_kap",
        "tr": "Bilgi",
        "ru uk": "Копия Копія",
        "vi": "",
    },
    "date": {
        "zh": "发送时间 发送日期 发件时间 发件日期 发信时间 发信日期 日期 时间 發送時間 發送日期 寄件日期"
        " 寄件時間 傳送時間 傳送日期 時間 接收时间 "
        "收件日期 已发送 已傳送",
        "en": "Date Sent Received Sent_at Date_sent",
        "ja": "日付 日時 送信日時 送信済み 送信日",
        "ko": "날짜 보낸날짜 보낸시간 보낸시각 발신일시 일시",
        "de": "Datum Gesendet Verschickt Gesendet_am",
        "fr": "Envoyé Date_d'envoi Envoyé_le",
        "es": "Fecha Enviado Enviados Enviado_el Enviado_a",
        "pt": "Data Enviado Enviada Enviado_em Enviada_em Enviado_a",
        "it": "Inviato Data_invio Inviato_il",
        "nl": "Verzonden Verzonden_op Verstuurd",
        "sv da no": "Skickat Sendt Dato Sent",
        "fi et": "Päivämäärä Päiväys Lähetetty Kuupäev Saadetud",
        "pl cs sk hr": "Wysłano Odesláno Odoslané Odoslaná Poslano Poslato Data_wysłania",
        "hu": "Dátum Elküldve Küldve",
        "ro": "Dată Data Trimis Trimis_la",
        "tr": "Tarih Gönderildi Gönderilen Gönderim Gönderilme_Tarihi Gönderme_Tarihi",
        "ru uk bg": "Дата Отправлено Послано Відправлено Надіслано Изпратено Дата_отправки",
        "vi": "Ngày Đã_gửi Thời_gian Gửi_lúc",
        "el he ar th id": "Ημερομηνία Στάλθηκε תאריך נשלח التاريخ วันที่ Tanggal Dikirim",
        "lt lv": "Data Išsiųsta Datums",
    },
    "subject": {
        "zh": "主题 主題 标题 標題 主旨 邮件主题 郵件主題 题目",
        "en": "Subject",
        "ja": "件名 題名",
        "ko": "제목",
        "de": "Betreff",
        "fr": "Objet Sujet",
        "es pt": "Asunto Assunto",
        "it": "Oggetto",
        "nl": "Onderwerp",
        "sv da no": "Ämne Emne",
        "fi et": "Aihe Teema",
        "pl cs sk hr": "Temat Předmět Predmet Naslov Tema",
        "hu": "Tárgy",
        "ro": "Subiect Subiectul",
        "tr": "Konu",
        "ru uk bg": "Тема Относно",
        "vi": "Chủ_đề Tiêu_đề",
        "el he ar th id": "Θέμα נושא الموضوع หัวข้อ เรื่อง Perihal Subjek",
        "lt lv": "Tema Temats",
    },
    "other": {
        "zh": "附件 密送 暗送 密件抄送 密件副本 重要性 优先级 優先順序 回复 回复地址 回复至 答复 邮件大小 大小"
        " 组织 敏感度",
        "en": "Bcc Attachments Attachment Importance Priority Organization Reply-To Reply_To Message-ID"
        " Sensitivity Categories",
        "many": "Antwort_an Répondre_à Responder_a Rispondi_a Antwoord_aan Svar_til Svara_till Vastaus"
        " Odpověď_na Odgovori_na Válaszcím"
        " Odpowiedź-do Răspuns_către Ответ-Кому Odpovedať-Pre Yanıt_Adresi Кому_відповісти Blindkopie Cco Cci"
        " Bijlagen Anlagen"
        " Pièces_jointes Adjuntos Anexos Allegati Vedlegg Bilagor Załączniki Přílohy Prílohy Вложения Ekler"
        " Wichtigkeit 添付ファイル 返信先 첨부 숨은참조",
    },
}
_BLANKS = re.compile(r"[\s\u3000\xa0\u200b-\u200f\ufeff*_]+")


def folded(label: str) -> str:
    """A label for comparing: no blanks, no emphasis, one case."""
    # A Turkish capital I with a dot folds into two characters, of which the second is the dot.
    return _BLANKS.sub("", label).casefold().replace("\u0307", "")


FIELD_OF = {
    folded(word): name
    for name, languages in reversed(_WORDS.items())
    for words in languages.values()
    for word in words.split()
}
LONGEST = max(map(len, FIELD_OF)) + 8

# For blocks that a client flattened into one line (Yahoo, some phone clients): labels followed by a colon.
_SEARCHED = sorted(
    {
        word.replace("_", " ")
        for languages in list(_WORDS.values())[:5]
        for words in languages.values()
        for word in words.split()
    },
    key=len,
    reverse=True,
)
_LONG = "|".join(re.escape(word) for word in _SEARCHED if len(word) > 3 or ord(word[0]) > 0x2E80)
_SHORT = "|".join(re.escape(word) for word in _SEARCHED if len(word) <= 3 and ord(word[0]) < 0x2E80)
# Yahoo in Portuguese prints "Assunto" without a colon, glued to the time zone.
INSIDE = re.compile(rf"(?:(?P<long>{_LONG})|(?<![^\W\d_])(?P<short>{_SHORT}))\s?(?:[:：]|(?<=Assunto)\s|(?<=Dw)\s)")
