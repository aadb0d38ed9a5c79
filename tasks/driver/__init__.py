"""Everything that knows doit: tasks, actions, reporter, database, command line."""
