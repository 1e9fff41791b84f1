"""Always on: live sources into the engine, findings into stories, all of it tied by checkpoints."""
