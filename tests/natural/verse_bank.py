"""Choruses and couplets for songs, all written for this test."""

from .base import stanzas

CHORUSES = stanzas("""
Oh, carry me over the harbour wall,
Carry me over the sea,
For the lamp in the window is burning small
And it only burns for me.

Roll on, roll on, you river of tin,
Roll on past the miller's door,
I have nothing to lose and nothing to win
And I never did before.

Hey, the wagon is rolling,
Hey, the wheels go round,
Hey, the bell is tolling
In another town.

So light up the kitchen and lay out the bread,
And call in the children, and call in the night,
There is soup on the fire and a quilt on the bed,
There is room at the table and all will be right,
All will be right.

We are still here,
We are still here,
With our boots in the mud and our heads in the air
We are still here.

Dance, Marianne, while the fiddles are tuned,
Dance, Marianne, to the rim of the moon,
Nobody's counting the hours in June,
Dance, Marianne, dance.

And the rain came down, and the rain came down,
And it washed the dust from the edge of the town,
And it washed the name from the old shop sign,
And it washed your footprints clear out of mine.

Slow train, low train, bring my baby,
Slow train, low train, bring him soon,
Not in a week or a month or maybe,
Bring him by the harvest moon.

Sleep, little sparrow, the barn is warm,
Sleep, little sparrow, away from the storm,
The owl has been fed and the cat is in bed,
Sleep, little sparrow, sleep.

Give me a hammer, give me a nail,
Give me a reason to stay,
I will build you a house with a garden rail
And I'll never go away.

La la la, the lanterns,
La la la, the street,
La la la, the summer
Running on bare feet.

Turn it up, turn it up, let the neighbours complain,
We were born in the thunder and raised on the rain,
If the roof should come down we'll just put it again,
Turn it up, turn it up, turn it up.

I will wait by the bridge,
I will wait by the stone,
I will wait till the geese come home,
And when they come home
I will not be alone,
I will wait till the geese come home.

Blue, blue, the colour of the door,
Blue, blue, I knocked on it before,
Blue, blue, nobody lives there any more,
Blue.

Haul, boys, haul for the northern shore,
Haul, boys, haul away,
A pint for the man at the creaking oar
And a week of harbour pay.

O my sister, keep the fire,
O my brother, keep the key,
O my mother, raise it higher,
Raise the lantern up for me.
""")

COUPLETS = stanzas("""
The tailor was closing his shutters at nine
And humming a tune that I took to be mine.

A letter arrived with a stamp from the south,
I read it by moving one side of my mouth.

The bus to the quarry was empty again,
So I wrote your initials in steam on the pane.

My father grew onions in rows like a hymn
And all that I know about patience is him.

The dog at the station knew everyone's shoes
And lay by the kiosk to listen to news.

They sold the piano, they carried it down,
It sang on the stairs for the whole of the town.

There's salt on the railing and salt in the bread,
And half of the things that the ferryman said.

The winter we married the pipes were all froze,
We lived on potatoes and slept in our clothes.

I counted the fence posts from Dover to dawn
And still I could not tell you why I was gone.

A kettle, a candle, a cupboard of jam,
Is more of a kingdom than most people am.

The clock in the tower is seven years slow,
It tells us the hours of long, long ago.

She kept every ticket in tins by the stair
To prove to herself that she once had been there.

The foreman has vanished, the wages are late,
The thistles are holding a ball at the gate.

I borrowed a ladder to look at the stars,
They looked very much like a car park for cars.

The baker goes out when the last drunkard sleeps
And whistles to company only he keeps.

They told me the mountain was easy to climb,
They told me in summer, they told me in rhyme.

Now Anselm the ploughman could lift up a calf,
But could not for money be brought to a laugh.

My coat has a pocket that nobody sees,
It carries a map and a handful of keys.

The swallows were late and the apples were small,
But your mother danced once at the end of the hall.

We painted the boat on a Saturday noon
And named it for someone who left us too soon.

The wind has a habit of trying each door
As if it had rented a room here before.

A stranger came up from the beach with a drum,
He asked for our names and the town that we're from.

I planted a walnut, I'll not see it grow,
But someone will rest in the shade, and I know.

The map on the wall has a hole by the coast
In just the location I look at the most.

At midnight the signalman pulled down his blind
And let all the trains of the world fall behind.

The moon in the bucket was easy to spill,
I carried it carefully back up the hill.

My brother went east with a spade and a song,
He promised to write and he never took long.

There's chalk on the pavement and bells in the square,
And pigeons conducting their daily affair.

The well has a voice if you lean in and call,
It answers you later, or never at all.

He learned how to whistle from blackbirds and thieves
And how to be quiet from watching the leaves.

They closed down the cinema, boarded the front,
The last of the posters still promised a hunt.

An aunt with a feather, an uncle with none,
Sat sharing a herring asleep in the sun.

The road to the city is straight as a rule,
I learned to be crooked on leaving my school.

I owe for the lodging, I owe for the beer,
I owe you a reason for coming back here.

The ice on the river was singing in thirds
And nobody walking there needed the words.

She mended the nets with a needle of bone
And knew every fisherman's knot but her own.
""")
