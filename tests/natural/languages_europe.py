"""Texts in European languages with the Latin script; the tags are explained in
multilingual.py."""

RAW = """
# German
R Komm über die Brücke, / komm über das Feld, / die Laterne am Fenster / ist alles, was zählt.
V Der Müller verschließt seinen Laden um acht / und zählt seine Säcke die halbe Nacht.
V Die Schwester schrieb Karten aus einem Hotel, / die Tinte war blau und der Himmel war hell.
V Der Hund vor dem Bahnhof kennt jeden Schuh / und hört allen Zügen geduldig zu.
P Nach elf Wochen im Trockendock fährt die Fähre seit Montag wieder zur Insel, und der Bäcker am
  Hafen bekam zum ersten Mal in diesem Jahr frisches Roggenmehl geliefert.
P Die Kosten sind fast doppelt so hoch wie geplant, weil die Werft mehr Rost in den Tanks fand,
  als das Gutachten im Herbst hatte vermuten lassen.
P Ob die Fahrpreise steigen, entscheidet der Kreistag im Oktober; bis dahin soll ein Ausschuss der
  Einwohner Vorschläge sammeln und öffentlich vorstellen.
P Der Hafenmeister bittet alle Besitzer kleiner Boote, das Wendebecken freizuhalten, solange die
  Mannschaft das neue Anlegemanöver übt.
Q Frage: / Antwort:
I Haben Sie den Vertrag gelesen? / Den Umschlag kenne ich sehr gut.
I Wer hat ihn unterschrieben? / Mein Vorgänger, an seinem letzten Tag.
I Werden Sie zurücktreten? / Nur vom Bahnsteig.
I Was sagen Sie den Fischern? / Dass ich selbst seekrank werde.
S Kein Kommentar.
M Lesen Sie auch: Was der neue Fahrplan für die Inseln bedeutet
D SANDHAFEN (Küstendienst)
T Ort / Zustand / Bemerkung
W Lindau, Moorheim, Altfeld, Krummsee / geöffnet, geschlossen, ausverkauft
L Herr, erbarme dich.
G Für alle, die nachts arbeiten / Für die Kranken im Dorf / Für die Reisenden / Für die Bienen

# French
R Ouvre la porte, Madeleine, / la lune est tombée dans le puits, / ouvre la porte, Madeleine, /
  avant que s'éteigne la nuit.
V Le boulanger siffle en rentrant chez lui, / il porte sous le bras ce qui reste de la nuit.
V Ma tante vendait des boutons au marché, / elle en gardait un pour le jour d'à côté.
V Le train de dix heures est parti sans moi, / il emporte un parapluie et deux petits pois.
P Depuis lundi, le bac relie de nouveau l'île au continent, après onze semaines de travaux qui ont
  coûté presque deux fois plus cher que prévu.
P La boulangère du port, qui n'avait pas reçu de farine depuis le nouvel an, a offert une
  brioche à chaque membre de l'équipage.
P Le conseil décidera à l'automne si les tarifs doivent augmenter et comment partager la dépense
  entre les habitants et les visiteurs de l'été.
P Un second navire, commandé il y a trois ans, attend toujours son moteur et ne sera pas livré
  avant la fin de la saison du hareng.
Q Question : / Réponse :
I Avez-vous lu le rapport ? / J'en ai lu la couverture, elle est très belle.
I Qui a payé la pompe ? / La commune, et un peu mon oncle.
I Regrettez-vous vos paroles ? / Je regrette surtout le micro.
I Et maintenant ? / Maintenant, je plante des poireaux.
S Sans commentaire.
M À lire aussi : cinq questions sur le puits qui divise deux fermes
D PORT-ALDAIN (Agence du Littoral)
T Lieu / État / Remarque
W Saint-Brun, Valclair, Montferré, Les Oyes / ouvert, fermé, complet
L Seigneur, prends pitié.
G Pour ceux qui veillent / Pour les enfants de l'école / Pour ceux qui sont en mer / Pour nos
  morts

# Spanish
R Ay, barquita de papel, / llévame a la otra orilla, / que me espera un clavel / en la blanca
  orilla.
V Mi abuelo sembraba cebollas en fila, / y el gato dormía debajo de la silla.
V La luna en el cubo se puede derramar, / la llevo despacio, no vaya a llorar.
V Cerraron el cine, quedó la pared, / y un perro que espera la función de las diez.
P El transbordador volvió el lunes a su ruta habitual después de once semanas en el dique seco,
  para alivio de los comerciantes que dependían de una lancha prestada.
P Los ingenieros cambiaron los dos ejes y encontraron más óxido del esperado, de modo que la
  factura casi duplicó la suma que había reservado el ayuntamiento.
P Las tarifas no cambiarán hasta el otoño, y una comisión de vecinos propondrá cómo repartir el
  gasto entre la empresa, la provincia y los turistas.
P El segundo barco, encargado hace tres años, sigue esperando su motor y no llegará antes de que
  termine la temporada de la sardina.
Q Pregunta: / Respuesta:
I ¿Quién firmó el contrato? / Mi antecesor, un viernes por la tarde.
I ¿Cuándo supo de la fuga? / El jueves, igual que todos.
I ¿Va a dimitir? / Primero voy a cenar.
I ¿Qué les dice a los pescadores? / Que tengan paciencia y buen café.
S Sin comentarios.
M Lea también: diez lugares tranquilos para nadar cerca de la ciudad
D VILLAMAR (Agencia Costera)
T Lugar / Estado / Nota
W Robledo, Peñasol, La Noria, Castro Viejo / abierto, cerrado, agotado
L Te rogamos, óyenos.
G Por los que trabajan de noche / Por los presos / Por los que cruzan el mar / Por la lluvia

# Portuguese
R Vai, moinho, vai moer, / que o vento não quer parar, / quem tem pressa de viver /
  tem vagar para cantar.
V A carta chegou com um selo do sul, / cheirava a laranja e a lápis azul.
V O cão da estação conhece os sapatos / de todos os homens e todos os gatos.
V Pintámos o barco num sábado à tarde, / com nome de alguém que partiu sem alarde.
P A balsa voltou na segunda-feira à sua rota, depois de onze semanas na doca seca, para alívio dos
  lojistas que dependiam de um barco de pesca alugado.
P A padeira do cais contou que não recebia farinha desde o ano novo e que toda a rua desceu para
  ver a chegada do navio.
P A câmara vai decidir no outono se as passagens ficam mais caras e de que modo a despesa será
  dividida entre moradores e visitantes.
P O segundo barco, encomendado há três anos, continua à espera do motor e não deve chegar antes do
  fim da época da sardinha.
Q Pergunta: / Resposta:
I Quem assinou o papel? / Alguém com uma caneta verde.
I O senhor leu o relatório? / Li as páginas que me deram.
I Vai pedir desculpa? / Já pedi, mas chovia muito.
I E os agricultores? / Recebem uma carta esta semana.
S Não comento.
M Leia também: por que o preço do centeio dobrou desde o outono
D PORTO ALVO (Agência Maré)
T Lugar / Situação / Nota
W Serra Fria, Valbom, Ribeira, Monte Alto / aberto, fechado, esgotado
L Senhor, tende piedade de nós.
G Pelos que velam / Pelos doentes / Pelos que viajam / Pelas crianças da aldeia

# Italian
R Gira, ruota, gira piano, / porta il grano e porta il sale, / dammi, amore, la tua mano, /
  scende il fiume e non fa male.
V La zia conservava i biglietti in cucina / per dire: ci andai, una volta, in collina.
V L'orologio del borgo va indietro di un mese, / e intanto il barbiere racconta le spese.
V Chi bussa alla porta ha il cappello bagnato, / è il vento che chiede se abbiamo cenato.
P Da lunedì il traghetto è tornato in servizio dopo undici settimane di cantiere, e i negozianti
  dell'isola hanno ricevuto di nuovo pane, posta e giornali.
P I tecnici hanno trovato nelle cisterne più ruggine del previsto, e così il conto finale è
  quasi il doppio della somma stanziata dal comune.
P Un comitato di abitanti proporrà in autunno come dividere la spesa fra la compagnia, la
  provincia e i visitatori della stagione estiva.
P La seconda nave, ordinata tre anni fa, aspetta ancora il motore e non arriverà prima della fine
  della pesca delle acciughe.
Q Domanda: / Risposta:
I Ha visto le oche? / Ne ho contate sette, una era in macchina.
I Di chi erano? / Della sorella, così disse lui.
I Aveva un documento? / Un biglietto dell'autobus.
I E lei che cosa fece? / Aprii l'altra portiera.
S Non ricordo.
M Leggi anche: il pane di tre giorni, passo dopo passo
D PORTOSCURO (Agenzia Litorale)
T Località / Stato / Nota
W Valfredda, Montelupo, Rocca Alta, Pietrina / aperto, chiuso, esaurito
L Prega per noi.
G Stella del porto / Lampada dei viandanti / Casa del pane / Torre di sale

# Dutch
R Trek de deur maar achter je dicht, / laat de sleutel hangen, / in de keuken brandt nog licht /
  voor wie blijft verlangen.
V De veerman vertelde van zout op het brood, / en niemand geloofde de helft van zijn vloot.
V Mijn broer ging naar 't oosten, een schop in zijn hand, / hij schreef op een bierviltje: mooi is
  dit land.
V De piano ging zingend de trappen omlaag, / het hele dorp hoorde nog nooit zo'n vraag.
P Na elf weken in het droogdok vaart de veerboot sinds maandag weer naar het eiland, tot
  opluchting van de winkeliers die al die tijd een vissersboot hadden gehuurd.
P De rekening valt bijna twee keer zo hoog uit als begroot, omdat er in de tanks veel meer roest
  zat dan de inspecteurs in het najaar hadden gezien.
P Of de kaartjes duurder worden, beslist de gemeenteraad pas in de herfst, na een reeks avonden
  met bewoners en zomergasten.
Q Vraag: / Antwoord:
I Was u kwaad? / Rustiger dan de ganzen, zou ik zeggen.
I Wie belde er? / De minister, twee keer.
I En de tweede boot? / Die komt zoals kerst komt: langzaam.
I Slaapt u goed? / Met oordopjes wel.
S Geen commentaar.
M Lees ook: waarom het dorp zijn nachttrein wil houden
D OUDEHAVEN (Kustpers)
T Plaats / Stand / Opmerking
W Zanddorp, Lindeveld, Krommeweg, Hoogmeer / open, gesloten, uitverkocht
L Heer, ontferm u.
G Voor wie niet slapen kan / Voor de zieken / Voor de varenden / Voor de vreemdeling
"""
