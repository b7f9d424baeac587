"""Which records say something on an issue, in SQL."""

ISSUE_LINKS = {
    "statements": "select id, issue from statements_issues",
    "positions": "select p.id, i.issue from positions p join proposals_issues i on i.id = p.proposal",
    "proposals": "select id, issue from proposals_issues",
    "events": "select id, issue from events_issues"
    " union all select distinct e.id, i.issue from events_proposals e join proposals_issues i on i.id = e.proposal"
    " where not exists (select 1 from events_issues o where o.id = e.id and o.issue = i.issue)",
}
"""For each type that says something on issues, a SELECT of its records and their issues, each pair once.

With `union` instead of `union all`, SQLite would read the events of all issues to find those of one.
"""
