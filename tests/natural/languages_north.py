"""More texts with the Latin script; the tags are explained in multilingual.py."""

RAW = """
# Swedish
R Ro, ro, till fiskeskär, / lampan lyser än, / den som väntar vid vår brygga / väntar på sin vän.
V Bagaren visslar när gatan är tom, / han går med sitt mjöl som en vit kardinal.
V Vi målade båten en lördag i maj / och döpte den efter en gammal kusin.
V Klockan i tornet har stannat på sju, / och ingen har bråttom att laga den nu.
P Efter elva veckor i torrdocka går färjan sedan i måndags åter till ön, till lättnad för
  handlarna som länge varit beroende av en inhyrd fiskebåt.
P Kostnaden blev nästan dubbelt så hög som väntat, eftersom ingenjörerna hittade mer rost i
  tankarna än besiktningen hade visat under hösten.
P Om biljetterna blir dyrare avgörs först i oktober, när en kommitté av öbor har lämnat sitt
  förslag till kommunen.
Q Fråga: / Svar:
I Läste ni rapporten? / De sidor jag fick.
I Vem skrev under? / Någon med grön penna.
I Kommer ni att avgå? / Bara från perrongen.
I Vad händer nu? / Nu planterar jag purjolök.
S Inga kommentarer.
M Läs också: så påverkar den nya tidtabellen öarna i vinter
D SANDVIKEN NORRA (Kustbyrån)
T Ort / Läge / Anmärkning
W Lillås, Storvik, Granby, Mosjö / öppet, stängt, slutsålt
L Herre, förbarma dig.
G För dem som vakar / För de sjuka / För sjömännen / För våra barn

# Polish
R Hej, zagrajcie na skrzypeczkach, / niech się niesie w dal, / kto nie tańczył z nami w maju, /
  tego będzie żal.
V Młynarz zamyka o ósmej swój młyn / i liczy worki, i liczy swój rym.
V Siostra pisała z daleka na Boże, / że śnieg tam jest niebieski jak morze.
V Pies na dworcu zna wszystkie buty / i wszystkie pociągi, i wszystkie nuty.
P Po jedenastu tygodniach remontu prom wrócił w poniedziałek na swoją trasę, ku uldze sklepikarzy,
  którzy przez całą zimę korzystali z wynajętej łodzi rybackiej, żeby sprowadzać chleb i pocztę.
P Rachunek okazał się prawie dwa razy wyższy, bo inżynierowie znaleźli w zbiornikach więcej rdzy,
  niż wynikało z jesiennego przeglądu, a części trzeba było sprowadzić z zagranicy.
P Czy bilety podrożeją, zdecyduje rada gminy dopiero jesienią, kiedy komisja mieszkańców
  przedstawi swoje propozycje podziału kosztów.
Q Pytanie: / Odpowiedź:
I Czy czytał pan raport? / Tylko te strony, które dostałem.
I Kto podpisał umowę? / Mój poprzednik, w piątek po południu.
I Czy poda się pan do dymisji? / Najpierw zjem kolację.
I Co powie pan rybakom? / Że sam mam chorobę morską.
S Bez komentarza.
M Czytaj także: pięć pytań o studnię, która podzieliła dwa gospodarstwa
D NOWY PORT (Agencja Wybrzeże)
T Miejsce / Stan / Uwagi
W Lipowo, Piaski, Stary Młyn, Krzywda / otwarte, zamknięte, brak
L Módl się za nami.
G Gwiazdo portu / Lampo wędrowców / Domu chleba / Wieżo soli

# Turkish
R Aç kapıyı, güzel komşum, / lamba yanıyor hâlâ, / bir çay koy da konuşalım / sabah olmadan daha.
V Fırıncı döner evine gece yarısı, / ceplerinde unun beyaz hatırası.
V İstasyonun köpeği her ayağı tanır, / her tren geçtiğinde biraz daha uzanır.
V Dedem soğan ekerdi düz bir çizgide, / sabrı ondan öğrendim o dar bahçede.
P Feribot on bir hafta süren bakımın ardından pazartesi günü yeniden sefere başladı ve adadaki
  esnaf yılbaşından beri ilk kez taze un, mektup ve gazete alabildi.
P Mühendisler depolarda beklenenden çok daha fazla pas bulunca fatura belediyenin ayırdığı paranın
  neredeyse iki katına çıktı ve parçaların bir kısmı yurt dışından getirildi.
P Bilet fiyatları sonbahara kadar değişmeyecek; masrafın nasıl paylaşılacağını ise ada halkından
  oluşan bir kurul ekim ayında önerecek.
Q Soru: / Cevap:
I Raporu okudunuz mu? / Bana verilen sayfaları okudum.
I Kim imzaladı? / Yeşil kalemli biri.
I İstifa edecek misiniz? / Önce yemek yiyeceğim.
I Balıkçılara ne dersiniz? / Beni de deniz tutuyor, derim.
S Yorum yok.
M Bunu da okuyun: Köy gece trenini neden bırakmak istemiyor
D KUMLİMAN (Kıyı Ajansı)
T Yer / Durum / Not
W Taşköy, Ihlamur, Eskideğirmen, Yayla / açık, kapalı, tükendi
L Bizi esirge.
G Gece çalışanlar için / Hastalar için / Yolcular için / Çocuklarımız için

# Swahili
R Njoo, mwezi, njoo kwetu, / taa bado yawaka, / njoo, mwezi, njoo kwetu, / kabla ya kupambazuka.
V Mwokaji arudi nyumbani usiku, / mikono ni myeupe kwa unga wa siku.
V Mbwa wa stesheni ajua viatu, / vya watu wa mbali na vya watu wetu.
V Babu alipanda vitunguu kwa mstari, / nikajifunza kwake kuwa na subiri.
P Kivuko kimerudi kwenye njia yake siku ya Jumatatu baada ya wiki kumi na moja za matengenezo, na
  wenye maduka kisiwani walifurahi kupata unga, barua na magazeti.
P Gharama imekuwa karibu mara mbili ya ile iliyopangwa, kwa sababu mafundi walikuta kutu nyingi
  ndani ya matangi kuliko walivyotarajia wakati wa ukaguzi wa kwanza.
P Nauli haitabadilika hadi mwisho wa mwaka, na kamati ya wakazi itapendekeza jinsi ya kugawana
  gharama kati ya kampuni, wilaya na wageni.
Q Swali: / Jibu:
I Umesoma ripoti? / Nimesoma kurasa nilizopewa.
I Nani alitia sahihi? / Mtu mwenye kalamu ya kijani.
I Utajiuzulu? / Kwanza nitakula chakula cha jioni.
I Wavuvi wafanye nini? / Wawe na subira kidogo.
S Sina la kusema.
M Soma pia: Kwa nini kijiji kinataka kubaki na treni ya usiku
D BANDARI MPYA (Shirika la Pwani)
T Mahali / Hali / Maelezo
W Mlimani, Mtoni, Kisimani, Mwembeni / wazi, imefungwa, hakuna
L Utuombee.
G Nyota ya bandari / Taa ya wasafiri / Nyumba ya mkate / Mnara wa chumvi

# Vietnamese
R Thuyền ơi, về bến sông quê, / đèn còn thắp sáng ngoài hiên, / thuyền ơi, về bến sông quê, /
  mẹ còn ngồi đợi bên thềm.
V Người thợ bánh về khi phố đã yên, / vai áo trắng bột như sương đầu đêm.
V Con chó sân ga quen từng gót giày, / nằm nghe tàu chạy suốt cả đêm ngày.
V Ông trồng hành thẳng như từng hàng chữ, / tôi học kiên nhẫn từ mảnh vườn xưa.
P Chuyến phà ra đảo đã hoạt động trở lại từ thứ hai sau mười một tuần sửa chữa, khiến các chủ cửa
  hàng vui mừng vì lại có bột mì, thư và báo.
P Chi phí cao gần gấp đôi dự tính, bởi các kỹ sư tìm thấy nhiều rỉ sét trong bồn chứa hơn so với
  lần kiểm tra vào mùa thu.
P Giá vé sẽ giữ nguyên đến mùa thu, và một ủy ban gồm người dân trên đảo sẽ đề xuất cách chia sẻ
  khoản tiền này.
Q Hỏi: / Đáp:
I Ông đã đọc báo cáo chưa? / Tôi đọc những trang người ta đưa.
I Ai đã ký tên? / Một người có bút màu xanh.
I Ông có từ chức không? / Trước hết tôi đi ăn tối.
I Ngư dân phải làm gì? / Xin họ kiên nhẫn thêm ít ngày.
S Không bình luận.
M Đọc thêm: Vì sao ngôi làng muốn giữ chuyến tàu đêm
D CẢNG MỚI (Thông tấn Duyên Hải)
T Nơi / Tình trạng / Ghi chú
W Làng Tre, Bến Đá, Đồi Thông, Xóm Mới / mở cửa, đóng cửa, hết vé
L Xin thương xót chúng con.
G Cho người thức đêm / Cho người đau yếu / Cho người đi biển / Cho trẻ thơ

# Hungarian
R Nyisd ki, rózsám, kiskapudat, / ég a lámpa még, / mire a hold fölér hozzád, / elfogy a beszéd.
V A pék hazaballag, az utca üres, / a kabátja lisztes, a zsebe üres.
V A kutya az állomás végében ül, / és minden vonatnak egy kicsit örül.
V Nagyapám hagymát ültetett sorba, / tőle tanultam várni a porba.
P Tizenegy hét javítás után hétfőn ismét elindult a komp a szigetre, a boltosok nagy örömére, akik
  egész télen egy bérelt halászhajóval hozatták át a kenyeret, a postát és az újságokat.
P A számla majdnem kétszer akkora lett, mint amennyit a tanács félretett, mert a mérnökök jóval
  több rozsdát találtak a tartályokban, mint amire az őszi vizsgálat alapján számítottak.
P A jegyek ára őszig nem változik, addig a lakók bizottsága dolgozza ki, hogyan osszák el a
  költséget a hajózási társaság, a megye és a nyári vendégek között.
Q Kérdés: / Válasz:
I Olvasta a jelentést? / Azt, amit odaadtak belőle.
I Ki írta alá? / Valaki zöld tollal.
I Lemond? / Előbb megvacsorázom.
I Mit üzen a halászoknak? / Hogy én is tengeribeteg vagyok.
S Nem nyilatkozom.
M Olvassa el ezt is: Miért ragaszkodik a falu az éjszakai vonathoz
D RÉVHALOM (Parti Hírügynökség)
T Hely / Állapot / Megjegyzés
W Nádas, Kővár, Malomszeg, Hársfa / nyitva, zárva, elfogyott
L Könyörülj rajtunk.
G A betegekért / Az utazókért / A szomszédokért / A gyermekekért
"""
