// Package redisdial opens the Redis that a URL names, and says whether it can be served
// with.
//
// One server, Sentinels and a Cluster are told apart by the URL, in the grammar of the
// Redis library:
//
//	redis://host:6379/0                                            one server (rediss:// with TLS)
//	redis://sentinel1:26379?master_name=NAME&addr=sentinel2:26379  the master that Sentinels name
//	redis://node1:6379?addr=node2:6379&addr=node3:6379             a Cluster
//
// It guarantees what everything kept in Redis relies on, whichever it is: calls go to
// masters only, since a replica may not have seen the latest guess; a call that failed is
// not repeated for seconds; every call ends by its context's deadline; a master that may
// evict keys, is older than Redis 7, or turned into a replica is refused at the start and
// reported by [Ready] ever after, because a fail-over brings a master nobody looked at. A
// node of a Cluster that is named like a single server is used as the Cluster it is.
//
// Calls of a busy server share round trips ([Open], one server and Sentinels): those that come
// while one is under way go together in the next, each with its own reply, error and deadline.
//
// What each of them keeps when a server is lost:
//
//   - One server: what it has written to its disk. Meanwhile nothing is accepted.
//   - Sentinel: what the promoted replica had received. Replication is asynchronous, and no
//     call waits for it (WAIT would make each slower and still promise nothing after a
//     partition): codes, sessions, tries of a verification and network limits of the last
//     moment may be forgotten. min-replicas-to-write 1 with min-replicas-max-lag 10 bounds
//     that moment.
//   - Cluster: the same for one shard. While a shard is lost and no replica takes over, the
//     Cluster refuses everybody, or with cluster-require-full-coverage no only whoever needs
//     that shard: the keys of one journey (the address's codes, counters of its network,
//     the queue of mails, the session) are spread over all of them, so that with one of three
//     gone few get through. Nobody is told anything wrong. Either way [Ready] says so: give
//     every shard a replica.
//
// None of that can make a budget fall or have a code accepted twice: both are decided
// together with the audit log, which is in the database (see package otp).
//
// It refuses to repeat what it was given: a URL holds a password.
package redisdial
