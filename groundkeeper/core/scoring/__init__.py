"""How well readers and models do against the ground truth, and that against gold.

A model is no part of the ground truth, and is held against its records:

* ``guide``: which class something has, what counts for nobody, what is compared;
* ``said``, ``known``: what the guideline makes of predictions, and the ground truth that counts;
* ``likeness``, ``against_records``: how alike their objects are, and what an engine (``objects``) makes of both;
* ``subjects``: the tables and figures of one who is scored, and what they rest on.

A reader who is scored against a consensus that holds their own answers scores too well. So one reader
of an item is left out at a time, the records are rebuilt from the others by the same consensus, and
what was left out is compared with them:

* ``leave_one_out``: the records that the other readers make;
* ``left_out_objects``: both as sides for the same engine;
* ``ratings``: distances between a rating and what the others say together;
* ``figures``: rating errors, ready to be resampled.

What became of each object is a row of one table, whoever is scored:

* ``outcomes``, ``conflicts``, ``confusion``: that table, what to look at, and what is taken for what;
* ``object_figures``, ``values``: precision, recall, F1, overlap; classes, grades and numbers of items;
* ``bounds``: between which values a score will be once everything is settled.

Where answers are known to be right, the records themselves are judged:

* ``gold``: how many have a value, and how right it is;
* ``gold_calibration``: whether what a model infers is as certain as it says.
"""
