// Package breach is the domain: an incident, the cohorts of people it touched,
// and the report one person is told.
//
// It guarantees that every channel (page, API, agent, letter, MY page) says the
// same, because they all render the same [Report], and that a report is a pure
// function of the incident, the published roster and the clock. It refuses to
// infer: a category is reported because a cohort exposes it, ruled out because a
// cohort rules it out, and never because it is merely missing from a list.
//
// Nothing here does I/O, knows a file format or holds a name, address or order.
package breach
