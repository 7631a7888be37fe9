"""Reconciliation: what Autotask says against what is stored (``techscore reconcile``, and every night).

``known`` reads what is stored, ``compare`` (pure) finds the drift, ``reconciler`` asks, repairs and counts,
``error_log`` drains ``WebhookEventErrorLogs``, ``store`` keeps the counts.
"""
