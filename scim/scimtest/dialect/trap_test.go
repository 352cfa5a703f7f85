package dialect

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/memstore"
)

// playTrap plays a trap over a store in memory.
func playTrap(t *testing.T, number int) {
	t.Helper()
	t.Parallel()
	Traps()[number-1].Play(t, Serve(t, memstore.New(), scim.Auto).Target)
}

// Each trap has a test of its name, here and at the gateway over Postgres.
func TestTrapNames(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"trap_test.go", "../../../services/gateway/trap_test.go"} {
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for i, trap := range Traps() {
			name := fmt.Sprintf("func TestTrap%02d%s(", trap.Number, trap.Name)
			if trap.Number != i+1 || !strings.Contains(string(source), name) {
				t.Errorf("%s has no %s…)", path, name)
			}
		}
	}
}

func TestTrap01OpCase(t *testing.T) { playTrap(t, 1) }

func TestTrap02RemoveListedMembers(t *testing.T) { playTrap(t, 2) }

func TestTrap03BooleanStrings(t *testing.T) { playTrap(t, 3) }

func TestTrap04CreateOnNoMatch(t *testing.T) { playTrap(t, 4) }

func TestTrap05EmptyList(t *testing.T) { playTrap(t, 5) }

func TestTrap06Filters(t *testing.T) { playTrap(t, 6) }

func TestTrap07WithoutPath(t *testing.T) { playTrap(t, 7) }

func TestTrap08Manager(t *testing.T) { playTrap(t, 8) }

func TestTrap09ExcludedMembers(t *testing.T) { playTrap(t, 9) }

func TestTrap10MembersOnce(t *testing.T) { playTrap(t, 10) }

func TestTrap11Duplicates(t *testing.T) { playTrap(t, 11) }

func TestTrap12ErrorShape(t *testing.T) { playTrap(t, 12) }

func TestTrap13URNs(t *testing.T) { playTrap(t, 13) }

func TestTrap14Clear(t *testing.T) { playTrap(t, 14) }

func TestTrap15Inactive(t *testing.T) { playTrap(t, 15) }

func TestTrap16PutEcho(t *testing.T) { playTrap(t, 16) }

func TestTrap17UnknownMembers(t *testing.T) { playTrap(t, 17) }

func TestTrap18Schemas(t *testing.T) { playTrap(t, 18) }

func TestTrap19Pagination(t *testing.T) { playTrap(t, 19) }

func TestTrap20NoFormats(t *testing.T) { playTrap(t, 20) }

func TestTrap21Roles(t *testing.T) { playTrap(t, 21) }

func TestTrap22AtomicPatch(t *testing.T) { playTrap(t, 22) }

func TestTrap23Tokens(t *testing.T) { playTrap(t, 23) }

func TestTrap24URLQuirks(t *testing.T) { playTrap(t, 24) }

func TestTrap25Discovery(t *testing.T) { playTrap(t, 25) }
