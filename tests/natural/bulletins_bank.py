"""Facts for short notices: errors, lives, fortunes, skies, events."""

from .base import rows

CORRECTIONS = rows("""
the bakery in Castel Brun has six ovens, not sixteen
the ferry pilot's name is spelled Halloran
the well was dug in 1841 and not, as printed, last year
the goat belongs to Mr Vane, who asked us to say so
the choir meets on Tuesdays
the picture on page 4 showed a stork and not a crane
Lower Haddon lies south of the river
the lecture costs nothing
the observatory's dome weighs nine tonnes
the mayor did not resign; she resumed
the soup was made from lentils, not beans
the marathon is forty-two kilometres long
""")
LIVES = rows("""
Ada Tull | a lock keeper who could name every barge by its cough
Pieter Grau | printer, chess player and owner of the last blue house in Oxley
Rosa Mbeki | midwife to three generations and terror of two bishops
Jon Eze | a bricklayer whose walls lean towards each other like old friends
Clara Novak | teacher of geography who never left the county
Sven Dahl | clockmaker, late for everything but his own funeral
Mei Tran | founder of the noodle kitchen behind the station
Ivo Horvat | referee in nine hundred matches, popular after the last
Lena Quist | who kept the lighthouse log without a gap for forty years
Sam Osei | grower of dahlias and of doubts
Ruth Pires | a seamstress who mended the curtain of the opera twice
Karl Lund | beekeeper, bachelor and baritone
""")
FORTUNES = rows("""
A parcel that is not for you will bring news that is.
Someone older has the answer but wants to be asked twice.
Do not buy the blue one, however long it looks at you.
An old quarrel ends because nobody can find the letter.
Venus sits in your kitchen and is in no hurry.
You will lose an umbrella and win an argument.
A short journey turns out to be two short journeys.
Your patience is admired by people who do not need it.
Count the change, then give it away.
A colleague hums; find out why.
Write down the dream about the stairs.
What you lent in spring comes back in a different colour.
""")
SKIES = rows("""
a sea mist that the sun will need until noon to move
long dry spells and the odd shower from a single ambitious cloud
a fresh wind which will please the sailors and annoy the cyclists
thunder towards evening, mostly for show
ice on untreated roads before nine
more of the same, which is to say drizzle
a red dawn and nothing to follow it
snow above eight hundred metres
""")
NOTICES = rows("""
The library is closed on Monday | The pool is closed for cleaning from the fourth
The pharmacy by the church is open on Sunday | Bulky refuse is collected on the ninth
The chess club meets in the annexe | The blood donors' bus stops at the school
The market moves to Station Square | The registry office is moving to the second floor
Dogs must be kept on a lead by the lake | The flea market needs helpers for the tea urn
The rowing course has four places left | Water will be turned off in Weaver Street
The choir of the depot gives a concert | The cinema shows a silent film with piano
""")
