"""The pages people look at: server-rendered, no build step, nothing from another host."""
