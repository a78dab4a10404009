"""What is true, when several annotators have said what they think.

* ``labels``: who said what of which task, coded and in order; ``inferred``: what every method returns;
* classes, grades: ``majority``, ``weighted``, ``one_coin``, ``dawid_skene``, ``glad``, ``mace``, ``ibcc``, ``ordinal``;
  measurements: ``numbers``, ``gaussian``; texts: ``spans``; objects compared two at a time, and orders of them:
  ``bradley_terry``, ``crowd_bradley_terry``, ``rankings``;
* ``methods``, ``number_methods``: their names, and what each is for;
* ``quality``, ``against_gold``, ``calibration``, ``compare``: how good annotators and answers are.

What the models share: ``coding``, codes of values; ``dense``, the limit of memory; ``climb``, rounds of fitting;
``said``, the arrays of kernels; ``confusions`` and ``dirichlet``. A *task* is what several annotators were asked; in
the pipeline that is one field of one record.
"""
