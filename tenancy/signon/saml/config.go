package saml

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of a Config.
const (
	maxText         = 1000 // bytes of an entity ID, a URL or the name of an attribute
	maxCertificates = 10
)

// Config is an identity provider as a tenant's connection has it. It holds no secret, and is kept as JSON.
type Config struct {
	EntityID string `json:"entity_id"`
	// SSOURL is where a browser is sent, and SSOPost says that it is by a form (HTTP-POST) and not by a link (HTTP-Redirect).
	SSOURL  string `json:"sso_url"`
	SSOPost bool   `json:"sso_post,omitempty"`
	// Certificates are those that the provider signs with, in DER; several while it changes them.
	Certificates [][]byte `json:"certificates"`
	// SignRequests has our requests signed, for providers that ask it.
	SignRequests bool `json:"sign_requests,omitempty"`
	// AllowIDPInitiated lets somebody in who began at the provider. Whoever can make a browser post an answer, as any site can,
	// can then sign it in as somebody else, who has to be known to the provider as well.
	AllowIDPInitiated bool `json:"allow_idp_initiated,omitempty"`
	// EmailAttribute and NameAttribute are the names of the attributes that hold them; "": the usual ones, and for the address
	// the name ID as well.
	EmailAttribute string `json:"email_attribute,omitempty"`
	NameAttribute  string `json:"name_attribute,omitempty"`
}

// ConfigError says what of a Config is refused, and why. Reason completes a sentence that begins with the field.
type ConfigError struct {
	Field  string // as in the JSON
	Reason string
}

// Error names the field and the reason.
func (e *ConfigError) Error() string { return e.Field + " " + e.Reason }

// Check refuses a Config that cannot sign anybody in. The error is a *ConfigError.
func (s *Store) Check(c Config) error { return c.check(s.config.PrivateProviders) }

// check is Check. private is as Options.PrivateProviders.
func (c Config) check(private bool) error {
	for _, f := range []struct {
		field, text string
		needed      bool
	}{
		{"entity_id", c.EntityID, true},
		{"sso_url", c.SSOURL, true},
		{"email_attribute", c.EmailAttribute, false},
		{"name_attribute", c.NameAttribute, false},
	} {
		switch {
		case f.text == "" && f.needed:
			return &ConfigError{f.field, "must not be empty"}
		case len(f.text) > maxText:
			return &ConfigError{f.field, fmt.Sprintf("is longer than %d bytes", maxText)}
		case !utf8.ValidString(f.text) || strings.ContainsFunc(f.text, func(r rune) bool { return !unicode.IsPrint(r) }) || strings.TrimSpace(f.text) != f.text:
			return &ConfigError{f.field, "has a character that cannot be shown, or a space at its edge"}
		}
	}
	if reason := checkURL(c.SSOURL, private); reason != "" {
		return &ConfigError{"sso_url", reason}
	}
	switch n := len(c.Certificates); {
	case n == 0:
		return &ConfigError{"certificates", "are missing: without one no answer can be verified"}
	case n > maxCertificates:
		return &ConfigError{"certificates", fmt.Sprintf("are more than %d", maxCertificates)}
	}
	for _, der := range c.Certificates {
		if _, err := parseCertificate(der); err != nil {
			return &ConfigError{"certificates", err.Error()}
		}
	}
	return nil
}

// checkURL returns what is wrong with the address of a provider that a browser or we are to go to, "" for nothing. It
// completes a sentence that begins with the address.
func checkURL(text string, private bool) string {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Opaque != "" {
		return "must be a URL such as https://login.example.com/saml"
	}
	if u.User != nil || u.Fragment != "" {
		return "must be a URL without user and fragment"
	}
	if u.Scheme == "https" || private && u.Scheme == "http" && loopback(u.Hostname()) {
		return ""
	}
	return "must begin with https://"
}

func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}
