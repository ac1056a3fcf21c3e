"""Everything about HTTP that no single context owns: pages, forms, live updates, safety."""
