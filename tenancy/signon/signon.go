// Package signon keeps how the administrators of tenants sign in by their own identity provider: the connections, what is
// required of everybody, and the codes that let an owner in when the provider does not. It speaks OpenID Connect itself;
// SAML is the package below.
//
// It does not know who is an administrator, sets up no session, and never writes the directory: it says whom the
// provider let in, and whoever asked decides what that is worth.
//
// Invariants: a secret of a connection is sealed for its tenant and connection, and never shown again. Of a tenant's
// connections one counts at most; while it is enforced it does not change, so that nobody is locked out by a slip: a
// draft is tested and then takes its place. It is enforced only when an administrator came back by it, under her own address,
// since it was changed last. Connections to different OpenID issuers have different redirect URIs, so that none is brought what
// another has answered. A person without a verified mail address is nobody. A recovery code works once.
package signon
