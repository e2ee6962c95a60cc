// Package wire holds the JSON models of all three doors, generated from
// openapi/openapi.yaml, the only mapper from the domain to them, and the readers of the
// headers that several doors go by.
//
// It guarantees that every door tells the same report in the same words: arrays are
// never null, times are RFC 3339 in the incident's zone and to the second, lists keep
// their order. It refuses to decide anything: what a person is told was decided in
// breach, and nothing is added or left out here.
package wire
