"""The pages people open: one HTML file each, which needs neither a network, a script nor another file to be read.

Modules, in the order in which they build on one another:

* ``svg``: elements of a picture, escaped;
* ``scales``: from values to positions, and round numbers between them;
* ``pictures``: charts;
* ``outlines``: slices with every expert's outline and the consensus over each other;
* ``page``: templates, filters and the one stylesheet;
* ``found``: what a report is made from;
* ``selection``: which records are worth a picture;
* ``subjects``: from the tables to what is drawn;
* ``ratings``: what every expert said, as a table;
* ``measure_rows``, ``figures``, ``overview`` and ``set_page``: the report of one set;
* ``page_names`` and ``scored_subjects``: who is scored, and the file of their page;
* ``score_words`` and ``target_words``: what figures, conflicts and settings mean, and whether a target is reached;
* ``score_tables``, ``score_overview`` and ``score_files``: classes, confusion, conflicts, and all who are scored;
* ``ranked_conflicts`` and ``conflict_pictures``: conflicts by how grave they are, listed and drawn over the item;
* ``subject_page``: the page of one annotator, of one model, or of all readers;
* ``blocks``: a document as Markdown or as plain HTML;
* ``guideline_entries`` and ``guideline_blocks``: a guideline in words, and in the order of reading;
* ``guideline_document`` and ``guideline_markdown``: a guideline as annotators read it;
* ``labelling``: a guideline as labelling tools are set up for it;
* ``handout``: all of what annotators are handed;
* ``guideline_diff``: what changed between two versions of a guideline, in words;
* ``card``: what a release is, in Markdown;
* ``data_docs``: every check of a validation.

Pictures are written as SVG directly: they take their colours and fonts from the page, so that one
picture serves light, dark and print, text stays text, and the same numbers give the same bytes on
any machine. Nothing here reads or writes a file of a repository.
"""
