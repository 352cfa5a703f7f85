package tenancy

import (
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Profile decides how much a tenant's SCIM endpoint tolerates on input.
type Profile string

// The profiles.
const (
	ProfileAuto   Profile = "auto"   // every known deviation of a provider is tolerated; the default
	ProfileStrict Profile = "strict" // the RFC and nothing else
)

// Valid says whether p is one of the profiles above.
func (p Profile) Valid() bool { return p == ProfileAuto || p == ProfileStrict }

// Settings are what an operator or a tenant's administrator may change.
type Settings struct {
	UniqueGroupNames bool     // a second group with the same displayName is refused with 409
	Profile          Profile  // empty is ProfileAuto
	Plan             string   // the name of what the tenant has bought; empty: none was chosen
	Guard            Guard    // the zero Guard is DefaultGuard
	Notify           []string // mail addresses that are told when provisioning goes wrong
}

// Bounds of settings.
const (
	MaxName   = 100 // characters of a tenant's name
	MaxPlan   = 40  // characters of a plan's name
	MaxNotify = 10  // addresses
)

// DefaultSettings returns what a tenant starts with.
func DefaultSettings() Settings {
	return Settings{UniqueGroupNames: true, Profile: ProfileAuto, Guard: DefaultGuard()}
}

// Normalize returns the settings with what is empty filled in. The error is a *SettingError. It does not know which
// plans there are.
func (s Settings) Normalize() (Settings, error) {
	if s.Profile == "" {
		s.Profile = ProfileAuto
	}
	if !s.Profile.Valid() {
		return s, &SettingError{"profile", fmt.Sprintf("%.20q is none: it is %s or %s", s.Profile, ProfileAuto, ProfileStrict)}
	}
	if len(s.Plan) > MaxPlan || strings.Trim(s.Plan, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
		return s, &SettingError{"plan", fmt.Sprintf("%.50q is no plan's name: it has at most %d of a to z, digits, hyphens and underscores", s.Plan, MaxPlan)}
	}
	if s.Guard == (Guard{}) {
		s.Guard = DefaultGuard()
	}
	if err := s.Guard.check(); err != nil {
		return s, err
	}
	var err error
	s.Notify, err = parseAddresses(s.Notify)
	return s, err
}

// parseAddresses returns the addresses, each once, nil for none.
func parseAddresses(list []string) ([]string, error) {
	if len(list) > MaxNotify {
		return nil, &SettingError{"notify", fmt.Sprintf("has %d addresses: %d are the most", len(list), MaxNotify)}
	}
	const longest = 254 // RFC 5321 section 4.5.3.1.3, less the angle brackets
	var out []string
	for _, text := range list {
		text = strings.TrimSpace(text)
		address, err := mail.ParseAddress(text)
		if err != nil || address.Address != text || len(text) > longest || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
			return nil, &SettingError{"notify", fmt.Sprintf("%.80q is no mail address such as it@acme.com", text)}
		}
		if !slices.ContainsFunc(out, func(other string) bool { return strings.EqualFold(other, text) }) {
			out = append(out, text)
		}
	}
	return out, nil
}

// ParseName returns a tenant's name for people, without surrounding space. The error is a *SettingError.
func ParseName(text string) (string, error) {
	name := strings.TrimSpace(text)
	switch {
	case name == "":
		return "", &SettingError{"name", "must not be empty"}
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unshown):
		return "", &SettingError{"name", "has a character that cannot be shown"}
	case utf8.RuneCountInString(name) > MaxName:
		return "", &SettingError{"name", fmt.Sprintf("is too long: %d characters are the most", MaxName)}
	}
	return name, nil
}

// unshown says whether a character is a control, or one that turns the direction of the text around it: a name with one can
// look like another name.
func unshown(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }

// SettingError says which setting is refused, and why. Reason completes a sentence that begins with the setting, and may
// be shown to a client.
type SettingError struct {
	Setting string // name, profile, plan, guard, notify
	Reason  string
}

// Error names the setting and the reason.
func (e *SettingError) Error() string { return e.Setting + ": " + e.Reason }

// Is makes errors.Is(err, ErrSettings) true.
func (e *SettingError) Is(target error) bool { return target == ErrSettings }
