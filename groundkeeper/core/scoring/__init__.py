"""How well each reader does against the ground truth that the others make without them, and that against gold.

A reader who is scored against a consensus that holds their own answers scores too well. So one reader
of an item is left out at a time, the records are rebuilt from the others by the same consensus, and
what was left out is compared with them:

* ``leave_one_out``: the records that the other readers make;
* ``matching``: which shape is meant to be which record;
* ``shapes``: found, missed, extra, or not to be judged, and the conflicts to look at;
* ``ratings``: distances between a rating and what the others say together;
* ``figures``: precision, recall, overlap and rating errors, ready to be resampled.

Where answers are known to be right, the records themselves are judged:

* ``gold``: how many have a value, and how right it is;
* ``gold_calibration``: whether what a model infers is as certain as it says.
"""
