"""The guideline language: from the text of a rule to an outcome for every record.

Modules, in the order in which they build on one another:

* ``tree`` and ``expression``: the closed grammar of ``when``, its tree and its one spelling;
* ``values``: the scalars that guideline models share;
* ``fields``: the observations that rules may speak about;
* ``allowed`` and ``eras``: which values a field allows, and in what older versions differ;
* ``typecheck`` and ``sentences``: what an expression may say of fields, and how it reads;
* ``decisions`` and ``sections``: the other blocks of a guideline;
* ``document`` and ``consistency``: one whole version, and what must hold across its blocks;
* ``columns`` and ``evaluate``: three-valued evaluation on whole columns;
* ``normative``: the part of a guideline that results depend on, without prose.

Only ``columns`` and ``evaluate`` import numpy and pandas: a guideline is read without them.
"""
