"""The whole product in a real Chromium: real servers, web, relay, workers, simulators."""
