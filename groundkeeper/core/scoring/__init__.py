"""How well readers and models do against the ground truth, and that against gold.

* ``objects``: the engine. Two sides are held against one another, natively or as CVAT does it;
* ``subjects``: who is scored. A model is held against the records; a reader, whose answers are in these, against what
  the others make without them;
* ``outcomes``, ``conflicts``, ``confusion``: what became of each object, what to look at, what is taken for what;
* ``object_figures``, ``values``, ``spans``, ``ratings``: figures of objects, of values of items, of spans of text;
* ``detection``: average precision of predictions with a confidence;
* ``certainty``: intervals, comparisons in pairs, and what moved a score;
* ``bounds``: between which values a score will be once everything is settled;
* ``flips``, ``doubtful``: which records could turn a ranking round;
* ``gold``: the records, where somebody knows what is right.
"""
