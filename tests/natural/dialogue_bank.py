"""Interviews: eight people, eight questions each, with answers of different lengths."""

from .base import stanzas

INTERVIEWS = [
    [tuple(line.split(" | ")) for line in block.split("\n")]
    for block in stanzas("""
Did you expect the ferry to fail in March? | No engineer who saw the shafts expected less.
Who signed the contract with the yard? | My predecessor, on his last day but one.
Will the fares go up? | Not before autumn, and not without a vote.
Are you still in touch with the crew? | I have coffee with the cook on Fridays.
What would you do differently? | I would read the small print in daylight.
Is the second ship coming? | It is coming the way Christmas is coming, slowly.
Did the minister call you? | She called twice and rang off once.
Where do you see the line in ten years? | On the water, I hope.

How did you learn to tune bells? | By ruining three of them under my uncle's eyes.
What does a cracked bell sound like? | Like a plate that knows it is about to fall.
Do you ever use a machine? | For the first cut. The rest is ear and patience.
Which bell was the hardest? | The small one at Merin. It had been cast by a liar.
Do you have apprentices? | Two, and one of them is better than me already.
Why did you turn the cathedral down? | They wanted it loud. I do not do loud.
Can you sleep on Sundays? | I wear earplugs like everybody else.
What are you working on now? | A ship's bell that spent a century in the mud.

Minister, did you read the report? | I have read the parts that were given to me.
When did you learn of the leak? | On the Thursday, like the rest of the cabinet.
Who told you? | A colleague whom I will not name in public.
Was the pump ever inspected? | There was a form, and the form was signed.
Will anybody resign? | That is a question for those who made the mistakes.
Do you regret what you said in June? | I regret that it rained on the microphones.
Have you spoken to the farmers? | My office has written to every one of them.
Should voters trust you? | They should trust the river to find its level.

You swam the strait at sixty-eight. Why? | The bus had been cancelled.
How long did you train? | Two winters, mostly in the quarry, mostly alone.
Were you afraid of the tankers? | Of their captains, yes. They do not look down.
What did you eat? | Cold porridge from a bottle on a string.
What did your children say? | They asked whether I had updated my will.
Did you see any whales? | One, and it was not impressed with my stroke.
Who met you on the other side? | A customs officer with a towel. He was very kind.
Would you do it again? | I left my glasses there, so I may have to.

Where did the recipe come from? | From the back of a bill for horseshoes.
What is the secret of the crust? | Courage. Most people take it out too soon.
Did the guild object? | The guild objects to the sunrise.
How many loaves do you bake? | Ninety on weekdays and as many as I can on Saturday.
Do you still like bread? | I dream of soup.
Who will take over? | My niece, if she stops studying law.
What do the tourists ask? | Whether the goat on the stamp has a name.
And has it? | It has had eleven names. Goats do not last.

Officer, what did you see first? | The lantern, and then the man who was holding it.
What did he say to you? | He said that the geese belonged to his sister.
Were there any geese? | I counted seven, and there was one in the car.
Did he show you a paper? | He showed me a bus ticket with writing on the back.
Could you read the writing? | It said seven geese, and a name.
Whose name was it? | It had been wet. It began with an M or an N.
Was he calm? | He was calmer than the geese.
What did you do then? | I asked him to open the other door.

Why a film about a car park? | Because nobody has ever cried at a documentary on opera.
How did you find the choir? | I had lost my ticket and heard the altos.
What was the budget? | Less than the parking.
Is the teacher an actor? | She teaches chemistry. You cannot act that.
Why is there no narrator? | The echo says everything twice already.
Was the ambulance scene planned? | We waited eleven weeks for that ambulance.
What did the operator say? | He asked if we could show the new barriers.
What comes next? | A film about the underpass, naturally.

You played two hundred matches in goal. | Two hundred and three, with the replays.
Which save do you remember? | None. One remembers the ones that went in.
Is the game faster now? | The ball is. The thinking is not.
Why did you leave Carrow? | They wanted me to shave.
Who was the best striker? | A postman from Oxley. He never turned professional.
What do you tell young keepers? | Stand still for half a second longer than you can.
Do you miss the noise? | I miss the smell of the liniment.
And the rain? | Nobody misses the rain.
""")
]
TOPICS = (
    "the ferry",
    "bells",
    "the pump affair",
    "the strait",
    "bread",
    "the geese",
    "a film",
    "football",
)
SPEAKERS = (
    ("COLE", "MARSH"),
    ("Interviewer", "Brandt"),
    ("Reporter", "Minister"),
    ("Q", "A"),
    ("HOST", "GUEST"),
    ("THE COURT", "WITNESS"),
    ("Anna", "Director"),
    ("Radio 3", "Keeper"),
)
SHORT_ANSWERS = (
    "No comment.",
    "I don't remember.",
    "Yes.",
    "No.",
    "That's correct.",
    "Next question.",
    "I can't say.",
    "You would have to ask him.",
    "Of course.",
    "Not to my knowledge.",
    "Well...",
    "It's complicated.",
)
PROBES = (
    "Are you sure?",
    "Can you say that again?",
    "And then?",
    "Why not?",
    "Is that all?",
    "Could you be more specific?",
)
