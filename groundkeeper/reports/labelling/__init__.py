"""From a guideline to what a labelling tool shows: its configuration, and the instructions beside it.

Modules, in the order in which they build on one another:

* ``questions``: what people are asked to draw, to choose and to state;
* ``instructions``: how they are told;
* ``label_studio`` and ``cvat``: the same for one tool, and in words what the tool does not hold people to.
"""
