// Package shopcsv reads the CSV exports of shop systems from their raw bytes.
//
// It exists because PHP's fputcsv, which EC-CUBE uses on text it has already turned
// into CP932, takes the byte 0x5C for an escape character although it is also the
// second half of 表, ソ, 能 and many more: a quote after such a byte is not doubled,
// and an ordinary CSV reader goes wrong on most such files. The files of other
// writers (RFC 4180) are read by the same reader.
//
// It guarantees that a record is returned only if it can be read in exactly one way
// that has as many columns as the header, that every returned field is valid UTF-8
// decoded without a replacement character, and that memory stays bounded whatever
// the file holds. Everything else is a [RowError] naming lines and a reason, after
// which reading goes on.
//
// It refuses to guess: not between two readings of a record, not what an
// undecodable byte meant, not at a file in UTF-16 or a workbook. No error holds
// anything of a cell.
package shopcsv
