"""What the panel of four answers, stage by stage, when 2.0.0 and then 3.0.0 asks it: some of everything."""

from builders.simulated_rounds import answer, mark

MORNING, NOON = "2027-02-01T09:00:00+00:00", "2027-02-01T12:00:00+00:00"
SMALL, LARGE = 4, 14
"""Sides of boxes, px: one that is a nodule since 3.0.0, on thin slices, and one that always was."""
NEW = 3
"""A place where nobody marked anything in the first reads."""
NEWER = 4
"""Another, where the second reads have something."""
RATED = {"malignancy": 4}


def in_order(tasks):
    """Return tasks in an order that no id decides."""
    return sorted(tasks, key=lambda task: (task["scope"], task["item"], task["place"] or 0))


def of_scope(tasks, scope):
    """Return the tasks of one scope, in order."""
    return [task for task in in_order(tasks) if task["scope"] == scope]


def to(task, annotator, marks=(), **told):
    """Return an answer to a task."""
    return answer(task["item"], annotator, marks, task=task["id"], **told)


def said(**attributes):
    """Return what is said of single fields."""
    return {"place": None, "boxes": {}, "attributes": attributes}


def said_to(task, *, perifissural):
    """Return what is said of the fields that a task asks for."""
    known = {"perifissural": perifissural, "malignancy": 3}
    return [said(**{name: known[name] for name in task["asks"]})]


def whole_reads(items):
    """Return whole items read again: one with its nodules, one without any, one by one person, one without ratings."""
    full, bare, alone, unrated = items
    both = [mark(0, 13, **RATED), mark(NEWER, 18, **RATED)]
    return [
        answer(full, "r1", both),
        answer(full, "r2", both[:1]),
        answer(full, "r3", [mark(0, 12, shift=1, malignancy=2)]),
        answer(bare, "r1"),
        answer(bare, "r2"),
        answer(alone, "r1", [mark(0, 14, **RATED)]),
        answer(unrated, "r1", [mark(NEWER, 13)]),
        answer(unrated, "r2", [mark(NEWER, 14)]),
    ]


def ratings(tasks):
    """Return two ratings for all tasks but the last, which gets one."""
    fields = of_scope(tasks, "fields")
    first = [to(task, "r1", [said(malignancy=4)]) for task in fields]
    second = [to(task, "r2", [said(malignancy=2 + n % 3)]) for n, task in enumerate(fields[:-1])]
    return first + second


def drawn_before(world, item):
    """Return the box at place 0 that was drawn first in an item, through the pixels next to it; None without one."""
    for one in world["answers"]:
        for past in one["marks"]:
            if (one["item"], past["place"]) == (item, 0) and past["boxes"]:
                left, top, right, bottom = past["boxes"][1]
                return {1: (left + 1, top + 1, right - 1, bottom - 1)}
    return None


def of_middle_size(world):
    """Return the items whose first drawing at place 0 can be told from none of 12 to 14 px."""
    boxes = {item: drawn_before(world, item) for item in world["items"]}
    return [i for i, box in boxes.items() if box and 8 <= box[1][2] - box[1][0] <= 16]


def by_one(world, tasks):
    """Return what one person answers to everything: below every quorum."""
    found = [to(t, "r1", said_to(t, perifissural=True)) for t in of_scope(tasks, "fields")]
    found += [
        to(task, "r1", [mark(task["place"], SMALL)] if n else [])
        for n, task in enumerate(of_scope(tasks, "record"))
    ]
    searches = enumerate(of_scope(tasks, "search"))
    return found + [to(task, "r1", seen(n, world, task)) for n, task in searches]


def seen(number, world, task):
    """Return what the first to search sees in an item."""
    match number:
        case 0 | 1:
            return [mark(NEW, SMALL)]
        case 2:
            return [mark(NEW, LARGE, perifissural=True, **RATED)]
        case 3:
            return [mark(NEW, LARGE, **RATED)]
        case 5:
            return [mark(NEW, SMALL, shift=1), mark(NEWER, SMALL)]
        case _ if number % 3 == 1 and (boxes := drawn_before(world, task["item"])):
            known = {"place": 0, "boxes": boxes, "attributes": {"perifissural": False, **RATED}}
            return [known]
        case _:
            return []


def by_others(world, tasks):
    """Return what the others answer: quorum for all but one of each kind, a tie, a denial, a skip."""
    found = []
    for n, task in enumerate(of_scope(tasks, "fields")[:-1]):
        found.append(to(task, "r2", said_to(task, perifissural=n > 1)))
        if n == 1:
            found.append(to(task, "r3", said_to(task, perifissural=False)))
    for n, task in enumerate(of_scope(tasks, "record")[:-1]):
        found.append(to(task, "r2", [mark(task["place"], SMALL, shift=1)] if n else []))
    for n, task in enumerate(of_scope(tasks, "search")[:-1]):
        found.append(to(task, "r2", [] if n == 1 else seen(n, world, task)))
    skipped = of_scope(tasks, "search")[-1]
    return [*found, to(skipped, "r3", state="skipped", at=NOON)]


def all_alike(tasks):
    """Return the same answer of two people to everything that is asked."""
    found = []
    for who in ("r1", "r2"):
        found += [to(t, who, said_to(t, perifissural=True)) for t in of_scope(tasks, "fields")]
        found += [to(t, who, [mark(t["place"], SMALL)]) for t in of_scope(tasks, "record")]
        found += [to(t, who) for t in of_scope(tasks, "search")]
    return found
