"""Which records say something on an issue, in SQL."""

ISSUE_LINKS = {
    "statements": "select id, issue from statements_issues",
    "positions": "select p.id, i.issue from positions p join proposals_issues i on i.id = p.proposal",
    "proposals": "select id, issue from proposals_issues",
    "events": "select id, issue from events_issues"
    " union select e.id, i.issue from events_proposals e join proposals_issues i on i.id = e.proposal",
}
"""For each type that says something on issues, a SELECT of its records and their issues."""
