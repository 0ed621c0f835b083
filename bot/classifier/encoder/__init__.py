"""A multilingual encoder, cut and tuned on the corpus: texts flow in, a vector a word and what they ask for flow out.

At work: ``pipe`` (the part of the spaCy pipeline), ``encoder``, ``align``, ``heads``, ``blocks``. For maintainers,
with the extra ``encoder``: ``making`` begins from ``source`` and ``pieces`` or from what is shipped, teaches
``lessons`` (``variations``, ``exchanges``) to the ``network`` (``tuning``) and writes it down (``export``).
"""
