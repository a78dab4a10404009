"""How far experts agree before anybody reconciles them.

Ratings:

* ``ratings``: from files of others to codes; ``patterns``: units that were rated alike, put together;
* ``chance_corrected``: percent agreement, Scott, Fleiss, Gwet, Brennan and Prediger; ``cohen``, ``conger``: raters with
  habits of their own; ``krippendorff``: alpha of any scale, ``krippendorff_error``: its standard error;
  ``icc``: measurements; ``weights``, ``distances``: how far two answers are apart;
* ``by_class``, ``rater_pairs``, ``vitality``: of one class, of every two annotators, without each annotator;
* ``coefficient``: a coefficient with what a formula gives of its uncertainty.

Shapes: ``overlap``, frame by frame and as whole objects; ``presence``: whether there is anything; ``localised``:
whether and what an object is, once shapes are put together, ``matched``: how alike these are, ``sizes``: how large;
``objects`` makes a table of them, by threshold and by size, ``located`` and ``of_records`` that of a set.

``figures``, ``answer_figures``, ``annotator_figures`` and ``months`` make the rest of the table of a set. Each figure
is made of sums over units, so that ``estimates`` can resample it by group.
"""
