package gateway_test

import (
	"strings"
	"testing"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/scim/scimtest/dialect"
	"github.com/askspoke/spoke/services/gateway"
	"github.com/askspoke/spoke/tenancy/oauth"
	"github.com/askspoke/spoke/tenancy/ratelimit"
)

// playTrap plays a trap at a gateway over Postgres.
func playTrap(t *testing.T, number int) {
	t.Helper()
	t.Parallel()
	dialect.Traps()[number-1].Play(t, start(t, 1).client(t, 0).target())
}

// Beside what every service provider must do about tokens, the gateway's serve at once while they are changed, and one
// that is revoked is refused with invalid_token. An access token that client credentials bought is as good, until its
// secret goes; the assertions of federated identities are TestAssertions's. Who is too fast, with whichever, is told 429 and how long to wait.
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
	fixture.Eventually(t, "the old token is refused", func() bool { return old.send("GET", "/Users", "").status == 401 })
	if got := old.send("GET", "/Users", "").is(t, 401).header.Get("WWW-Authenticate"); !strings.Contains(got, `error="invalid_token"`) {
		t.Errorf("WWW-Authenticate is %s", got)
	}
	next.send("GET", "/Users", "").is(t, 200)

	machine := s.oauthClient(t, 0, oauth.NewClient{})
	bought := machine.as(machine.fetch().AccessToken)
	bought.send("GET", "/Users", "").is(t, 200)
	if err := s.clients.RevokeSecret(t.Context(), machine.tenant.ID, machine.id, machine.secretID); err != nil {
		t.Fatal(err)
	}
	fixture.Eventually(t, "the access token is refused", func() bool { return bought.send("GET", "/Users", "").status == 401 })

	hurried := limited(t, 1, &gateway.Rates{
		Tenant: each(ratelimit.Limits{Read: slow(2), Write: slow(1), Bulk: slow(1)}), Failures: ratelimit.NoLimit(), Public: ratelimit.NoLimit(),
	})
	fast, other := hurried.client(t, 0), hurried.client(t, 0)
	fast.send("GET", "/Users", "").is(t, 200)
	other.send("GET", "/Users", "").is(t, 200)
	for _, c := range []*client{fast, other} { // the tenant's budget, not a token's
		c.send("GET", "/Users", "").refused(t)
	}
	fast.user("ada")
	refusal := fast.send("POST", "/Users", `{"userName":"grace"}`)
	refusal.refused(t)
	if e := refusal.object(t); e["status"] != "429" || e["schemas"] == nil {
		t.Errorf("the refusal is no SCIM error: %v", e)
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

func TestTrap24URLQuirks(t *testing.T) { playTrap(t, 24) }

func TestTrap25Discovery(t *testing.T) { playTrap(t, 25) }
