"""The feeds: what asks Autotask, again and again, for what changed, and puts it into the inbox.

``plan`` and ``watching`` are pure: which feeds there are, how often they ask and from when on, and which silences are
gaps. ``store`` is their SQL. ``polling``, ``sweeping``, ``vanished``, ``following``, ``nudges`` and ``watch`` each do
one kind of reading; ``runner`` runs them side by side in one event loop.
"""
