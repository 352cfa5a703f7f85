package operator

import "github.com/askspoke/spoke/tenancy/token"

// ShellActor returns the actor of a user of the operating system who has the database itself.
func ShellActor(user string) string { return Shell + ":" + user }

// Admit makes a secret that VerifyKey takes for an identity, in this process and until it ends. It is for a command that
// has the database and the key anyhow, and calls the onboarding API within its own process: nothing of the secret is kept.
func (s *Store) Admit(identity Identity) token.Secret {
	secret := token.NewSecret(token.ForOperator)
	s.here.Store(s.config.Key.Hash(secret), identity)
	return secret
}

// admitted returns whose the secret is that Admit has made.
func (s *Store) admitted(hash token.Hash) (Identity, bool) {
	identity, ok := s.here.Load(hash)
	if !ok {
		return Identity{}, false
	}
	return identity.(Identity), true
}
