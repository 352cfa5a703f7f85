package guard

import "testing"

// What FreePort returns is for the server alone that is started there: no connection and no listener without a port of its
// own gets it meanwhile, on systems that give those the ports from 32768 (Linux) or 49152 on (others).
func TestFreePortIsOutOfTheWay(t *testing.T) {
	t.Parallel()
	const asked, givenFrom = 50, 32768
	seen := make(map[int]bool)
	for range asked {
		port, err := FreePort()
		if err != nil {
			t.Fatal(err)
		}
		if port < 1024 || port >= givenFrom {
			t.Errorf("port %d may be given to another meanwhile", port)
		}
		seen[port] = true
	}
	if len(seen) < asked/2 {
		t.Errorf("of %d ports only %d differ: two who ask at once get the same", asked, len(seen))
	}
}
