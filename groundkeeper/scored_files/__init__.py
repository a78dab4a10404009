"""Scores of anybody's files, without a repository: what is true in one, what somebody says in another.

* ``sides``: what a side holds, and which of it cannot be judged;
* ``answers``, ``boxes``, ``coco``: a side of objects, as files of these kinds state it;
* ``coco_files``, ``coco_areas``: COCO's JSON as it was checked, and its shapes;
* ``objects``: what became of the objects of two sides, and the figures; ``cvat_measures``: those of CVAT;
* ``values``, ``spans``: classes, grades and numbers of items, and spans of text;
* ``scored``: from two files to one document.
"""
