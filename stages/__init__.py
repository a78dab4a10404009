"""The stages of the pipeline: one module each, with ``Params`` and ``run``. Files in, files out."""
