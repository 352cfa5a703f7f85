package mail

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"
)

// Security is how a connection is protected.
type Security string

// The kinds of security.
const (
	StartTLS Security = "starttls" // TLS after STARTTLS, or nothing is sent
	TLS      Security = "tls"      // TLS from the first byte
	Plain    Security = "none"     // on this machine alone
)

// Server is a mail server.
type Server struct {
	Host     string
	Port     int
	Security Security
	User     string // "": the server wants none

	password string
}

// ParseURL returns the server that a URL names: smtp://USER:PASSWORD@HOST:587 for STARTTLS, which is then required;
// smtps://USER:PASSWORD@HOST:465; smtp://HOST:1025?tls=none for none, which a server on this machine alone may have. The
// errors complete a sentence that begins with the setting, and do not show the URL, which has a password.
func ParseURL(text string) (Server, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Opaque != "" || (u.Scheme != "smtp" && u.Scheme != "smtps") {
		return Server{}, errors.New("is no URL of a mail server: write smtp://USER:PASSWORD@HOST:587 or smtps://USER:PASSWORD@HOST:465, with what is special in the password as %XX")
	}
	s := Server{Host: u.Hostname(), Port: 587, Security: StartTLS}
	if u.Scheme == "smtps" {
		s.Port, s.Security = 465, TLS
	}
	if port := u.Port(); port != "" {
		if s.Port, err = strconv.Atoi(port); err != nil || s.Port < 1 || s.Port > 65535 {
			return Server{}, errors.New("has a port that is none: 587 and 465 are usual")
		}
	}
	s.User = u.User.Username()
	s.password, _ = u.User.Password()
	if (s.User == "") != (s.password == "") || strings.ContainsFunc(s.User+s.password, unicode.IsControl) {
		return Server{}, errors.New("has a user without a password, or a password without a user, or a control character in them: write both as USER:PASSWORD@, or none")
	}
	switch query, err := url.ParseQuery(u.RawQuery); {
	case s.Host == "":
		return Server{}, errors.New("names no host")
	case strings.Trim(u.Path, "/") != "" || u.Fragment != "":
		return Server{}, errors.New("has something after the port")
	case err != nil || len(query) > 1 || (len(query) == 1 && !query.Has("tls")):
		return Server{}, errors.New("has parameters other than tls")
	case !query.Has("tls"):
	case u.Scheme == "smtps" || query.Get("tls") != string(Plain) || len(query["tls"]) != 1:
		return Server{}, errors.New("has a parameter tls that is not none, which smtp:// may have")
	case !isLoopback(s.Host):
		return Server{}, fmt.Errorf("has tls=none, which would send mail and the password in the clear to %.80s: that is for this machine alone", s.Host)
	default:
		s.Security = Plain
	}
	return s, nil
}

// Address returns host and port.
func (s Server) Address() string { return net.JoinHostPort(s.Host, strconv.Itoa(s.Port)) }

// String returns where the server is, without the password.
func (s Server) String() string { return fmt.Sprintf("%s (%s)", s.Address(), s.Security) }

// GoString is String.
func (s Server) GoString() string { return s.String() }

// LogValue is String.
func (s Server) LogValue() slog.Value { return slog.StringValue(s.String()) }

// isLoopback says whether a host is this machine.
func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}
