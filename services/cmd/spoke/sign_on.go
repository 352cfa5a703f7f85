package main

import (
	"fmt"
	"log/slog"

	"github.com/askspoke/spoke/tenancy/seal"
	"github.com/askspoke/spoke/tenancy/signon"
	"github.com/askspoke/spoke/tenancy/signon/saml"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
)

// openSignOn composes single sign-on. The key for tokens opens what was sealed under it, also when others are set later.
func (s settings) openSignOn(db *tenantdb.DB, key token.Key, log *slog.Logger) (*signon.Store, error) {
	keys, err := seal.ParseKeys(s.SecretKey)
	if err != nil {
		return nil, fmt.Errorf("SPOKE_SECRET_KEY: %w", err)
	}
	keys = append(keys, key)
	sealer, err := seal.New(keys[0], keys[1:]...)
	if err != nil {
		return nil, err
	}
	return signon.New(signon.Config{DB: db, Key: key, Seal: sealer, PrivateProviders: s.PrivateIDPs, Logger: log})
}

// openSAML composes what single sign-on by SAML keeps.
func (s settings) openSAML(db *tenantdb.DB, key token.Key, log *slog.Logger) (*saml.Store, error) {
	return saml.New(saml.Options{DB: db, Key: key, PrivateProviders: s.PrivateIDPs, Logger: log})
}
