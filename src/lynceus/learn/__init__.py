"""Learning, off the line: data sets, splits, selection, training and evaluation.

Nothing that serves imports this room; it may import scikit-learn, LightGBM and PyTorch, each only
where it is used.
"""
