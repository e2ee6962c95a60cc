// Package shopgen invents shops of every shop system whose exports can be imported,
// together with the right answer about every person in them.
//
// The answer comes from the telling of it: a shop is made of small stories (somebody
// registers, buys by card, sends a present, gives up at the card page), and each story
// says itself who ends up on which list. Nothing of the importer is used or imitated.
//
// It guarantees that the same options give the same shop and the same bytes, that all
// addresses lie in domains set aside for examples, and that memory does not grow with
// the size of the shop: stories are told again for every file instead of being kept.
// It is for tests, benchmarks and demonstrations.
package shopgen
