"""A make-believe MSP that sends Autotask's signed webhooks: for the demo, for tests, for benchmarks.

It knows the service only by its HTTP door and its command line, never by its code.
"""
