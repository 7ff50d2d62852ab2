"""Large neighbourhoods: a part of the timetable freed, solved exactly with every rule, and kept where it is better."""
