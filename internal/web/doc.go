// Package web is the look-up as pages for people: the same journey as the JSON door's,
// rendered on the server, in Japanese, English and easy Japanese.
//
// It guarantees that pages and JSON cannot disagree, because both render the one
// breach.Report; that everything works without a script; that every form answers with a
// redirect, so that reload, back and a switch to the mail app repeat nothing; that two
// tabs are two look-ups; and that nothing a customer typed is kept longer than it takes
// to show it back. All state is in the customer's own cookies, sealed by the journey.
//
// It refuses to decide: limits, codes and reports are lookup's, statuses of errors are
// server's. It takes no form from another site, keeps and shows nothing that looks like a
// card number, and loads nothing from anywhere else.
package web
