"""What leaves the application on paper or as a file: agendas, calendars, workbooks."""
