"""Scenario Desk's core: two stores of role-play scenarios, the mirror between them, and what stands on both."""
