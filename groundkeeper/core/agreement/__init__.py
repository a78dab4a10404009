"""How far experts agree before anybody reconciles them.

* ``krippendorff``: agreement of ratings beyond chance, at any scale of measurement;
* ``overlap``: agreement of shapes, frame by frame and as whole objects;
* ``presence``: agreement on whether there is anything, and of pairs of ratings.

Each figure is made of sums over units, so that ``estimates`` can resample it by group.
"""
