"""What is true, when several annotators have said what they think.

* ``labels``: who said what of which task, coded and in order;
* ``inferred``: what every method returns: soft labels, skills, and how its fit went;
* ``majority``, ``dawid_skene``, ``glad``, ``mace``, ``ibcc``, ``ordinal``, ``numbers``, ``spans``: the methods;
* ``methods``: their names, and what each is for;
* ``quality``, ``against_gold``, ``calibration``, ``compare``: how good the annotators and the answers are.

A *task* is what several annotators were asked; in the pipeline that is one field of one record.
"""
