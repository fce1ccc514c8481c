"""Petitions, answers, hymn stanzas and psalm verses."""

from .base import rows, stanzas

PETITIONS = rows("""
For those who wake before the light to bake our bread
For sailors on the night watch and all who wait for them
For the sick in this parish and the hands that tend them
For prisoners, and for those who guard them
For the newly married and the newly bereaved
For farmers in the dry districts and the clouds they look for
For everyone who has no key to any door
For teachers at the end of a long term
For the child that is expected in the house by the mill
For those who mend roads and those who travel on them
For the stranger at the station
For our quarrels that are older than ourselves
For judges, clerks and all who write down the truth
For the bees, the river and the hill
For those who cannot pray and those who will not
For the ones whose names we have forgotten
For nurses on the late shift and drivers of ambulances
For peace between the two villages of this valley
For the choir, that it may breathe together
For all who departed in the year behind us
""")
RESPONSES = rows("""
Lord, have mercy.
Lord, hear our prayer.
R. Have mercy on us.
℟. Pray for us.
We beseech thee to hear us.
Hear us, good Lord.
Good Lord, deliver us.
Grant this, O Lord.
All: Lord, in your mercy, hear our prayer.
Kyrie eleison.
Give them rest.
Remember us.
""")
HYMNS = stanzas("""
O maker of the morning hill,
Whose hand has set the valleys still,
Attend the labour of our day
And keep our feet upon the way.

Thou knowest every field we plough,
The barren and the bending bough,
The seed that slept, the seed that grew,
The early and the evening dew.

When lamps are lit and doors are barred
Be thou the watchman in the yard,
Be thou the stair, be thou the flame,
And call us softly by our name.

The ships that cross the water grey,
The trains that thunder night and day,
The weary driver on the road,
Let all find shelter, all lay load.

We sang when we were very young
With borrowed words upon our tongue,
And now that we are grey and slow
We mean the words we used to know.

For bread upon the wooden board,
For peace beyond the rusted sword,
For neighbours at the garden wall
We thank thee, giver of them all.

And when the final bell is rung
And every simple song is sung,
Then gather in thy scattered sheep
And grant us holy, quiet sleep.

The mason dies, the arch will stand,
The net outlives the weaver's hand,
So let some little work of ours
Remain to shelter other flowers.
""")
VERSICLES = rows("""
He set the pillars of the hills; * and the waters knew their bounds.
I cried in the street of the weavers; * and my voice came back to me.
The proud have counted their towers; * the humble have counted the stars.
My bread was the bread of waiting; * my cup was the dew of the night.
The barns are full, and we are afraid; * the barns are empty, and we sing.
You have numbered the sparrows on the roof; * and the tiles beneath their feet.
Let the islands answer one another; * let the lighthouses be glad.
In the day of drought you were a well; * in the day of flood a hill.
The wicked dig by lantern light; * but the morning fills their pit.
Teach my fingers patience; * and my feet the longer road.
You have heard the hammer and the loom; * you have heard the child at its letters.
The old shall plant walnut trees; * and laugh beneath their shade to come.
Snow is your garment, frost is your word; * at your breath the gutters run.
They asked me for a reason; * I gave them a song.
""")
