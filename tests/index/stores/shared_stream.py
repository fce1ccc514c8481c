"""Texts that several processes add at once: some new, some copies, in groups that are clear."""

from random import Random

BATCH = 20
STORIES = 60
LETTERS = "abcdefghijklmnop"


def texts() -> list[str]:
    """Return each story four times, once with a word changed."""
    random = Random(11)
    every = []
    for _ in range(STORIES):
        words = ["".join(random.choices(LETTERS, k=6)) for _ in range(50)]
        changed = [*words[:20], "otherwise", *words[21:]]
        every += [" ".join(words), " ".join(changed), " ".join(words).upper(), " ".join(words)]
    random.shuffle(every)
    return every
