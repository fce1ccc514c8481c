"""News stories, first half: invented places and people, every paragraph different."""

RAW = """
Ferry back in service after winter refit | PORT ALDEN | Coastal Wire | Mira Sollen

The island ferry returned to its regular route on Monday after eleven weeks in dry dock, to the
relief of shopkeepers who had relied on a hired fishing boat for bread, mail and newspapers.

Engineers replaced both propeller shafts and found more corrosion in the ballast tanks than the
survey had suggested, which pushed the bill to almost twice the sum set aside by the council.

"We heard the horn and everyone simply walked down to the quay," said Tove Marsh, who keeps the
bakery by the harbour and had not seen a fresh delivery of rye flour since the new year.

Fares will stay as they were until autumn. A committee of residents is to propose how the extra
cost should be shared between the operator, the county and the summer visitors.

A second vessel, ordered from a yard in the north three years ago, is still waiting for its engine
and is not expected before the herring season has ended.

The harbour master asked skippers of small boats to keep clear of the turning basin while the crew
trains for the new docking procedure during the coming fortnight.

====
Library opens night reading room | WESTBROOK | City Press Service | Harlan Oyelaran

Students and night-shift workers can now read until three in the morning at the central library,
which has converted its disused map cellar into a silent hall with sixty desks.

The idea came from a bus driver who wrote to the mayor that he finished work at eleven and had
nowhere warm to study for the examination he hoped to sit in spring.

Guards walk through once an hour, and a single librarian stays on duty to fetch books from the
stacks, though most visitors bring their own laptops and a flask of tea.

Opponents on the finance board doubted that more than a handful of people would come. On the first
Friday all desks were taken before midnight and a queue stood on the stairs.

The trial runs until June, after which a report will compare the cost of heating with the number
of readers and decide whether the branch in the east of the city should follow.

For now the only complaint concerns the vending machine, whose humming was found to be louder than
permitted by the room's own rules and which has been moved to the foyer.

====
Beekeepers count losses after wet spring | LOWER HADDON | Rural News Agency | Petra Quill

Nearly a third of the colonies in the valley did not survive the rain of April and May, according
to a count made by the beekeepers' society on the last weekend of the month.

Bees that cannot fly cannot feed, and the lime trees, on which the region depends for its pale
summer honey, flowered during nine days of almost unbroken drizzle.

Olaf Brandt opened forty hives in his orchard and found nineteen silent. He has kept bees for half
a century and remembers only one worse year, when he was still an apprentice.

The ministry offers a small grant for replacement queens, yet applicants must show records that
many hobby keepers have never written down, and the deadline falls in ten days.

Agronomists warn that apple growers may feel the loss first, because the wild bees that could have
stepped in have suffered just as badly along the flooded meadows.

Some members now plan to move their boxes to the heath in July, hoping that a late harvest of
heather will at least cover the price of sugar for the coming winter.

====
Old tram depot becomes school of crafts | GRENVOLD | Northern Desk | Ines Kabore

Where conductors once counted coins there will soon be lathes, looms and kilns: the council has
approved the conversion of the tram depot into a school for endangered crafts.

The building of yellow brick stood empty for seventeen years, and pigeons were its only tenants
until a group of carpenters asked for the keys and began to clear the gutters.

Courses in roofing with slate, in bookbinding and in the repair of musical instruments are fully
booked, though the kilns have not yet been connected to the gas supply.

A condition of the grant is that the rails in the great hall remain visible. The architect has
laid glass over them, so that pupils cross the old tracks on their way to class.

Among the first teachers is a retired saddler aged eighty-one who had already given away his tools
and has spent the summer asking former neighbours to lend them back to him.

The opening is planned for the second week of October with a market of finished work, a tour of
the cellars and a concert by the depot's own brass band.

====
Village votes to keep its night train | SANDERMOOR | Regional Dispatch | Lev Anders

By ninety-four votes to eleven the people of the moor's largest village asked the railway not to
cancel the night train, which stops there at a quarter past two if anyone waves.

The operator says that fewer than three passengers a week board at the halt, and that heating the
waiting room costs more than all the tickets sold there in a year.

Nurses who commute to the hospital on the coast see it otherwise: without the train they would
need a car, and two of them have announced that they would rather resign.

At the meeting in the fire station a former signalman explained how often the road across the moor
is closed by snow, reading the dates aloud from a notebook he kept for decades.

The transport minister has promised an answer before the new timetable goes to print. Her office
would not say whether a smaller railcar could serve the line in winter.

Until then volunteers sweep the platform themselves and have hung a lamp beside the track so that
the driver can see from afar whether somebody is waiting.

====
Divers map drowned orchard in reservoir | ELMSCOTT | Valley Wire | Jonas Adeyemi

A team of divers has drawn the first complete map of the orchard that vanished beneath the
reservoir in the nineteen-fifties, and found that many of the trunks still stand upright.

Cold water with little oxygen preserved the wood so well that the grafting scars can be felt with
the fingers, said the biologist who led the survey during two weeks in August.

Families moved up the hillside when the valley was flooded took cuttings with them, and three
kinds of pear thought to be lost grow to this day behind the new church.

The water company allowed the dives only because the level was unusually low after a dry year and
the old lane could be reached from the shore without a large boat.

A model in plaster will be shown in the town hall. Visitors are asked to bring photographs of the
orchard, of which no more than four are known to exist.

Whether the trunks should be raised remains disputed, for in the air they would crack within weeks
unless they were kept in tanks for several years.

====
Bakers revive the three-day loaf | CASTEL BRUN | Market Post | Salma Reyes

It takes three days, two sour starters and a great deal of patience, and for thirty years nobody
in the town had baked it for sale: the mountain loaf is back on the counters.

Six bakeries agreed on a shared recipe after tasting more than forty trial loaves, the first of
which, according to one witness, could have been used to repair a wall.

The crust must be dark, nearly bitter, and the crumb should smell of plums. Anyone who adds yeast
loses the right to stamp the small goat's head on the underside.

A loaf weighs two kilograms and keeps for a fortnight, which made it the bread of shepherds before
it became, at a price four times that of toast, the bread of visitors.

The mill that supplies the rye had to be repaired for the purpose; its upper stone was found to be
serving as a table in the garden of a notary.

Whether the fashion will last is uncertain, yet the apprentices have already started to argue over
who feeds the starters during the holidays.

====
Observatory switches off street lamps | HIGH FERRON | Star and County News | Dilip Warner

For two hours on Saturday the hill town of nine thousand people turned off every street lamp, so
that the observatory could test how dark its sky might be with better lighting.

Measurements show that more than half of the glow above the dome came from a single car park,
whose lamps shone sideways and had been left burning since the shop closed.

Children lay on blankets in the football field while astronomers pointed out the summer triangle,
and several adults admitted that they had never seen the Milky Way before.

Police reported no accidents. One man walked into a pond, but he insisted afterwards that he would
have done the same in daylight and wished the experiment every success.

The council is now studying lamps of a warmer colour that shine only downwards; they would pay for
themselves in about six years through savings on electricity.

A repeat is planned for the meteor shower in August, this time with the neighbouring villages,
provided that their cattle markets do not fall on the same evening.
"""
