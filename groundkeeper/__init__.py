"""Groundkeeper keeps ground truth: the verified answers a model is trained on and judged by."""

__version__ = "0.1.0"
