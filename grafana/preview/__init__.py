"""The committed dashboards drawn by Grafana's own front-end libraries on a make-believe MSP. A preview, not Grafana."""
