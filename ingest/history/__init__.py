"""Autotask's TicketHistory: free text in the tenant's language, one call per ticket, read to changes of fields.

``words`` are the languages, ``labels`` what a tenant calls its values, ``reader`` the reading (pure), ``importer``
fetches and stores.
"""
