// Package profile describes the exports of shop systems as data: which columns a file has,
// what a row of it stands for, and which words in it mean what. A profile is a YAML file in
// one published format (Template prints it, commented). Those of EC-CUBE 2, 3 and 4, Shopify,
// Color Me Shop and Magento 2 are built in; any other shop is described by a mapping file of
// the same format.
//
// It guarantees that columns are found by name, never by position (a name that occurs several
// times is told apart only where the profile says how often it must occur and where), and
// that a fact a file does not hold is absent: Has says so, and nothing here fills it in.
//
// It refuses files that lack what cannot be done without, files in which a shop system hides
// rows or facts unless the operator accepts each by name, columns that hold passwords or
// security codes, and mapping files with anything in them that it does not understand. No
// error repeats a cell of a customer's row.
package profile
