"""Lines for villanelles and pantoums, all written for this test."""

from .base import rows

FAMILIES_A = [
    rows(block)
    for block in (
        """The lamp is low, but let it burn all night.
    I will not put the garden out of sight.
    My mother kept the matches out of light.
    A moth has come to learn what flame is, quite.
    The postman's hill was never such a height.
    What hands have broken other hands set right.
    I folded up your letters, small and tight.
    The road was black, the hedge was edged with white.
    We quarrelled once, and both of us were right.""",
        """The tide comes in and nothing is the same.
    I gave the little boat my father's name.
    The harbour cat was never truly tame.
    We warmed our fingers at a neighbour's flame.
    No one is left now to receive the blame.
    The gulls were playing their eternal game.
    Whoever called, it was not you who came.
    The photograph is older than its frame.
    A limping horse is not the same as lame.""",
        """Tell me again the story of the snow.
    There was a door, and it was left to blow.
    The oldest branches are the last to grow.
    I have forgotten more than you will know.
    The river does not ask us where to go.
    My uncle taught the winter wheat to sow.
    The fiddler's arm was tired, and the bow.
    A single window on the hill, aglow.
    Your voice was on the staircase, kind and low.""",
        """Nothing we planted asked us for its rain.
    I hear you in the whistle of the train.
    The weathercock has lost its voice again.
    Somebody drew a heart upon the pane.
    The barley leans, and then it leans again.
    I count the stations like a daisy chain.
    A coat was left behind and has its stain.
    My grandfather was careful with his cane.
    The stranger's kindness is the hardest to explain.""",
    )
]

FAMILIES_B = [
    rows(block)
    for block in (
        """The kitchen clock is counting to the door
    A coin rolls slowly over half the floor
    We spoke of it in nineteen fifty-four
    The plums have fallen as they fell before
    There is a silence, then a little more
    The oar is somewhere on another shore
    I know the song, but cannot find the score""",
        """The roses have been taken by the frost
    I asked a child the way, and I was lost
    Nobody told me what the bread would cost
    The bridge is closed that once my father crossed
    An apple lies wherever it was tossed
    The stone is green on one side, thickly mossed
    The name upon the glass has been embossed""",
    )
]

PANTOUM_LINES = rows("""
The swing is moving though the child is gone.
Somebody whistles in the flat upstairs.
We leave the radio whispering until dawn.
Dust has been kind to both the wicker chairs.
A train goes by with every window lit.
The moth is patient at the window glass.
I know this hour by the taste of it.
The gate has made a drawing in the grass.
Rain walks about the roof in slippered feet.
My sister's letters smell of cedar still.
The lamplighter has left our little street.
One star is caught above the paper mill.
The kettle speaks before it starts to sing.
There was a name for this, in our old tongue.
Upon the nail there hangs a ring of string.
These are the stairs we ran on, being young.
The neighbour's dog is dreaming of a hare.
A page is missing near the story's end.
The cellar keeps its cool potato air.
I write the word for stranger, and for friend.
The frost has put its flowers on the pail.
Your coat still holds the shape of being worn.
Far off, the harbour practises a scale.
All of the clocks have waited to be born.
""")
GRID = rows("""
This is the barn | that Barnaby built
This is the key | that hung on a nail in the porch
This is the cake | that stood on the sill to cool
This is the bell | that woke the whole of the lane
This is the boat | that lay on the sand upside down
This is the seed | that fell from a hole in the sack
""")
LINKS = [
    rows(block)
    for block in (
        """This is the straw | that lay in
    This is the hen | that slept on
    This is the fox | that dreamed of
    This is the hound | that sniffed at
    This is the boy | that whistled to
    This is the aunt | that scolded""",
        """This is the thief | that looked for
    This is the maid | that smiled at
    This is the cook | that shouted at
    This is the smell | that came from
    This is the fly | that followed
    This is the spider | that waited for""",
        """This is the crow | that circled round
    This is the wind | that ruffled
    This is the cloud | that rode on
    This is the rain | that fell out of
    This is the ditch | that swallowed
    This is the duck | that praised""",
    )
]
GIFTS = rows("""
a kite with a tail of rags
two crooked spoons
three jars of quince
four paper hats
five knitted socks
six singing kettles
seven pots of glue
eight yards of lace
nine folding chairs
ten tins of paint
""")
MORE_GIFTS = rows("""
a goose with a limp
two rusty gates
three balls of twine
four wooden ducks
five lemon tarts
six muddy boots
seven bars of soap
eight garden rakes
nine umbrellas
ten sacks of flour
""")
CALLS = rows("""
Who's got the rope? | I've got the rope!
Where are we bound? | Round the long bend!
Who pays the cook? | Nobody pays!
How deep the mud? | Up to the knee!
What does it weigh? | More than it should!
When do we stop? | Not until noon!
Who sings too low? | Old Henry does!
What's in the pot? | Turnips again!
Who broke the saw? | Not I, not I!
Where is the boss? | Under a tree!
""")
