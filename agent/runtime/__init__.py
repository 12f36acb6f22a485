"""Where everything is put together: configuration, the runner, the clock's alarms, the demo."""
