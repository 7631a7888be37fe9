"""Alert rules for Prometheus, made of the policy: what is worth waking somebody, and in which words."""
