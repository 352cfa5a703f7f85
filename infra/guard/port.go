package guard

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// The ports that FreePort takes: below those that systems give to connections that go out, and to listeners that name no
// port, so that nobody is given one of them between FreePort and the start of the server that it is for.
const lowestPort, highestPort = 20000, 32000

// FreePort returns a port on the loopback interface that nothing listens on at the moment. It is a random one: two programs
// that ask at the same time hardly get the same.
func FreePort() (int, error) {
	const tries = 1000
	var taken error
	for range tries {
		port := lowestPort + rand.IntN(highestPort-lowestPort)
		listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err == nil {
			return port, listener.Close()
		}
		taken = err
	}
	return 0, fmt.Errorf("find a free port: %w", taken)
}
