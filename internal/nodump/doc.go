// Package nodump keeps what a program has in its memory, keys, codes and addresses, from
// being written to a disk by a crash, and from other processes of the same user: these can
// neither attach to it nor read its memory and environment.
//
// It guarantees so on Linux, from the call on and until the process ends; programs that the
// process starts are dumpable again, though none of them writes a core file. Root can look.
package nodump
