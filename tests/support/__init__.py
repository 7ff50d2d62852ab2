"""Real parts for tests: databases, queue, mail server, browser, and the application as a process."""
