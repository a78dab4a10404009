"""Scores of anybody's files, without a repository: what is true in one, what somebody says in another.

* ``sides``: what a side holds; ``admitted``: which of it can be judged; ``items``: what is known of items besides;
* ``answers``, ``boxes``, ``coco``, ``cvat_task``: a side of objects, as files of these kinds state it;
* ``json_files``: JSON as it was checked; ``coco_files``, ``coco_areas``: COCO's, and its shapes; ``cvat_files``,
  ``cvat_shapes``: a task of CVAT, and what its converter makes of annotations;
* ``attributes``: what is said of objects besides; ``objects``: what became of those of two sides, and the figures;
  ``cvat_reports``, ``cvat_measures``: the reports of CVAT, and their figures;
* ``values``, ``spans``: classes, grades and numbers of items, and spans of text;
* ``use``: which options are of use for which files; ``document``: what is asked for, and what comes of it;
  ``scored``: from two files to one document.
"""
