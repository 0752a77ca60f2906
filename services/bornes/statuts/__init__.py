"""Live status: what operators tell of their points, judged, kept, and held in memory."""
