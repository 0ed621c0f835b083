"""The labels of the block of headers that mail programs put above what they answer or forward, by what they name.

As Outlook (desktop, web, Mac, phones), Windows Mail, Notes, GMX, Yahoo, Orange, Libero, Seznam, Interia, Samsung and
QQ write them.
"""


def _names(names: str) -> frozenset[str]:
    return frozenset(name.strip() for name in names.split(","))


FROM = _names(
    "from, von, de, da, van, od, från, fra, lähettäjä, saatja, nuo, no, от, від, кто, gönderen, kimden, από,"
    " feladó, de la, expeditor, pošiljatelj, šalje, remitent, từ, จาก, من, מאת, dari, 差出人, 送信者, 发件人,"
    " 寄件者, 寄件人, 보낸 사람, 보낸사람, 보낸이, expéditeur, mittente, remitente, afzender, avsändare,"
    " absender, nadawca, odesílatel, remetente, afsender, avsender"
)
SENT = _names(
    "sent, message du, date, date sent, gesendet, gesendet am, datum, envoyé, envoyé le, date d'envoi, enviado,"
    " enviada, enviado el, enviado em, enviada em, fecha, data, inviato, inviato il, data invio, verzonden,"
    " verzonden op, wysłano, wysłane, odesláno, odoslané, dátum, skickat, skickades, sendt, dato, lähetetty,"
    " päiväys, päivämäärä, saadetud, kuupäev, išsiųsta, nosūtīts, datums, poslano, poslato, trimis, отправлено,"
    " дата, надіслано, изпратено, gönderildi, gönderme tarihi, gönderilme tarihi, tarih, στάλθηκε, εστάλη,"
    " ημερομηνία, elküldve, đã gửi, ngày, ส่ง, วันที่, تاريخ الإرسال, التاريخ, נשלח, תאריך, dikirim, tanggal,"
    " 送信日時, 送信日, 日付, 日時, 发送时间, 发送日期, 寄件日期, 傳送時間, 日期, 보낸 날짜, 보낸날짜, 날짜"
)
# These a person writes above a letter too; of the others none but a program says when it sent something.
DATED = _names(
    "date, datum, data, fecha, dato, dátum, päiväys, päivämäärä, kuupäev, datums, дата, tarih, ημερομηνία,"
    " ngày, วันที่, التاريخ, תאריך, tanggal, 日付, 日時, 日期, 날짜"
)
SUBJECT = _names(
    "subject, sujet, betreff, betr, objet, asunto, oggetto, ogg, onderwerp, assunto, assumpte, temat, tytuł,"
    " předmět, predmet, ämne, emne, aihe, teema, tema, тема, тема письма, относно, konu, θέμα, tárgy, subiect,"
    " zadeva, chủ đề, เรื่อง, الموضوع, נושא, subjek, perihal, 件名, 主题, 主旨, 主題, 제목"
)
OTHER = _names(
    "to, an, à, a, para, per, pour, aan, do, komu, till, til, vastaanottaja, kopio, kellele, kam, kam., кому,"
    " копия, копія, до, kime, bilgi, προς, κοιν., címzett, másolatot kap, către, catre, prima, za, đến, ถึง,"
    " สำเนา, إلى, אל, עותק, kepada, 宛先, 收件人, 抄送, 副本, 받는 사람, 받는사람, 참조, cc, bcc, kopie,"
    " kopie an, kopia, kopi, kópia, copie, copie à, copia, dw, reply-to, antwort-an, antwort an, répondre à,"
    " importance, priority, priorität, wichtigkeit, attachments, anlagen, destinataire, destinatario,"
    " organization"
)
