package gateway_test

import (
	"strings"
	"testing"

	"github.com/askspoke/spoke/scim/scimtest/dialect"
)

// playTrap plays a trap at a gateway over Postgres.
func playTrap(t *testing.T, number int) {
	t.Helper()
	t.Parallel()
	dialect.Traps()[number-1].Play(t, start(t, 1).client(t, 0).target())
}

// Beside what every service provider must do about tokens, the gateway's serve at once while they are changed, and one
// that is revoked is refused with invalid_token. The rate limit with its 429, OAuth client credentials and federated
// identities come with a later issue, and their tests with them.
func TestTrap23Tokens(t *testing.T) {
	t.Parallel()
	s := start(t, 1)
	old := s.client(t, 0)
	dialect.Traps()[22].Play(t, old.target())
	next := s.client(t, 0)
	for _, c := range []*client{old, next} {
		c.send("GET", "/Users", "").is(t, 200)
	}
	if err := s.tokens.Revoke(t.Context(), old.tenant.ID, old.tokenID); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the old token is refused", func() bool { return old.send("GET", "/Users", "").status == 401 })
	if got := old.send("GET", "/Users", "").is(t, 401).header.Get("WWW-Authenticate"); !strings.Contains(got, `error="invalid_token"`) {
		t.Errorf("WWW-Authenticate is %s", got)
	}
	next.send("GET", "/Users", "").is(t, 200)
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

func TestTrap24URLQuirks(t *testing.T) { playTrap(t, 24) }

func TestTrap25Discovery(t *testing.T) { playTrap(t, 25) }
