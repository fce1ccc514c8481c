from dedup.kernels.sets import new_set, with_slots


def test_a_set_is_kept_while_it_fits() -> None:
    held = new_set(1000)
    assert len(with_slots(held, 1000).slots) == len(held.slots)
    assert len(with_slots(held, 2000).slots) >= 8000
    # Its slots are walked: one that held a book is not kept for a sentence.
    assert len(with_slots(new_set(400_000), 20).slots) < 1000
