// Command loadtest loads a Spoke on this machine and says how it compares with a bare server:
//
//	go run ./infra/loadtest --help
//
// It starts a private Postgres (fsync on), builds and starts the real spoke serve on loopback, starts the bare server
// as a process of its own beside it, fills both with the same rows, and drives each scenario against the two in
// alternating short rounds, so that the noise of a shared machine meets both. Everything it starts it stops. It measures;
// it is no test: the exit code is 0 whatever the figures, unless --assert is given.
//
// # The bare server
//
// It is what one could write in an afternoon without any of the product: net/http and lib/pq with
// binary_parameters=yes and the same number of connections, one plain statement for a request, and no authentication,
// validation, SCIM, journal, metrics or log. It answers the same requests, to the byte, from a tenant's schema of its
// own on the same Postgres, made by the same migration, so that tables, indexes and rows cost the same. Where a choice
// had to be made, it is in the bare server's favour, or said here:
//
//   - Documents are those that Spoke stored: one user is created through the API, the others are that row with other
//     numbers, and the bare schema gets a copy.
//   - Get and find send the document as it is in the row; find and list put documents into a list message by
//     concatenation. A list counts as well, since totalResults must be answered.
//   - Create stores the body as the document and as the search form. It cuts the names out of the body for their
//     columns, since an index without entries would cost nothing. Its search form has the names as well, which the
//     product's leaves to their columns: so a few more index entries.
//   - Patch does not apply the operations: it writes a ready document and search form of the right size in which two
//     values are put in place, with no look at what is there, and answers with what it wrote.
//   - A member's change is the insert or the delete of its row alone. Spoke also counts up the group's version, checks
//     that the user is there and says which group there is not.
//   - Spoke writes its log (one event for each request) to a file, as it does in production; the bare server has none.
//
// # The load
//
// A closed loop: each client has one connection, kept alive, and sends the next request when the answer to the last one
// was read and checked. The client is a small one over a TCP connection, because on one machine what it takes is taken
// from both servers and would make them look alike. Each client changes members of a group of its own, since an identity
// provider changes one group in one request after another; member-shared is the other case, all of them in one group,
// where a version that counts up makes changes wait for each other.
//
// The two scenarios of the cost of records (create-cost, patch-cost) have Spoke on both sides, for the same tenant: the
// second one is started with SPOKE_JOURNAL=false and SPOKE_METRICS=false.
//
// Writes are checked after a scenario as well: Spoke's journal must have gained a row for each of them.
//
// Beside the rates stands the processor time that the server and the database took for one request (on Linux). It tells
// on which side a cost is, and it is steadier than a rate when others use the machine.
package main
