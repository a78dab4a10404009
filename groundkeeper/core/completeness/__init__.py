"""How many of the objects there are everybody missed, from how many only some found: capture and recapture.

``unseen``: from counts to the number missed and its interval; ``found``: from shapes that were put together to these
counts; ``missed``: of drawn shapes. It speaks of the items that were read, and backs ``coverage: exhaustive``, which
says that what nobody marked is not there.

Every expert who reads an item is a chance for an object to be caught. Had objects been found by many experts one by
one, few would be left that none found. That holds as far as these do:

* **Blind reads.** Who sees what others marked finds what they found and misses what they missed: nothing seems to be
  missing. Reads that are not known to be blind are refused, and so are those of experts who were shown a prediction.
* **Objects that are equally hard to find,** or nearly so. Where some are much harder, all experts tend to miss these,
  and more is missing than is said: the number missed is a lower bound, and completeness an upper one. What no expert
  can see at all is never counted.
* **Experts who are equally good, or are told apart.** Of two experts who are not told apart, one good and one bad,
  many more objects seem to be missing than are. Where the same experts read all items, each counts by herself.
* **Objects that are matched rightly.** One object that two experts mark too far apart to be put together looks like
  two, each found by one expert alone; then more seems to be missing than is. So does what is marked and is not there:
  a false alarm is an object that one expert alone found.
"""
