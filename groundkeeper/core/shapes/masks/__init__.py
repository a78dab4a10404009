"""Masks as runs of pixels: their codecs, what they share, majorities and models of who draws too much or too little."""
