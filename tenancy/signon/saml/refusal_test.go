package saml_test

import (
	"encoding/base64"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
	library "github.com/crewjam/saml"
	dsig "github.com/russellhaering/goxmldsig"

	"github.com/askspoke/spoke/infra/samltest"
	"github.com/askspoke/spoke/tenancy/signon"
	"github.com/askspoke/spoke/tenancy/signon/saml"
)

func TestAnswersAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.sp(t)
	confirmation := func(a *library.Assertion) *library.SubjectConfirmationData {
		return a.Subject.SubjectConfirmations[0].SubjectConfirmationData
	}
	for name, tc := range map[string]struct {
		change func(*samltest.Answer)
		want   error
	}{
		"unsigned":          {func(a *samltest.Answer) { a.Unsigned = true }, saml.ErrUnsigned},
		"stranger's key":    {func(a *samltest.Answer) { a.Key = samltest.Stranger() }, saml.ErrSignature},
		"stranger, no cert": {func(a *samltest.Answer) { a.Key, a.NoCert = samltest.Stranger(), true }, saml.ErrSignature},
		"SHA-1":             {func(a *samltest.Answer) { a.Method = dsig.RSASHA1SignatureMethod }, saml.ErrSHA1},
		"changed after": {func(a *samltest.Answer) {
			a.Tamper = func(r *etree.Element) { r.FindElement(".//NameID").SetText("eve@example.com") }
		}, saml.ErrSignature},
		"signature removed": {func(a *samltest.Answer) {
			a.Tamper = func(r *etree.Element) {
				assertion := r.SelectElement("Assertion")
				assertion.RemoveChild(assertion.SelectElement("Signature"))
			}
		}, saml.ErrUnsigned},
		"other issuer":   {func(a *samltest.Answer) { a.Issuer = "https://other.example" }, saml.ErrIssuer},
		"other audience": {func(a *samltest.Answer) { a.Audience = "https://beta.askspoke.com/saml/metadata" }, saml.ErrAudience},
		"no audience": {func(a *samltest.Answer) {
			a.Change = func(_ *library.Response, s *library.Assertion) { s.Conditions.AudienceRestrictions = nil }
		}, saml.ErrAudience},
		"other destination": {func(a *samltest.Answer) {
			a.Change = func(r *library.Response, _ *library.Assertion) { r.Destination = "https://beta.askspoke.com/saml/acs" }
		}, saml.ErrRecipient},
		"other recipient": {func(a *samltest.Answer) {
			a.Change = func(_ *library.Response, s *library.Assertion) {
				confirmation(s).Recipient = "https://beta.askspoke.com/saml/acs"
			}
		}, saml.ErrRecipient},
		"issued long ago":  {func(a *samltest.Answer) { a.Now = a.Now.Add(-saml.Skew - saml.MaxAge - time.Second) }, saml.ErrExpired},
		"issued in future": {func(a *samltest.Answer) { a.Now = a.Now.Add(saml.Skew + time.Second) }, saml.ErrEarly},
		"conditions ended": {func(a *samltest.Answer) {
			a.Change = func(_ *library.Response, s *library.Assertion) {
				s.Conditions.NotOnOrAfter = w.clock.Now().Add(-saml.Skew)
			}
		}, saml.ErrExpired},
		"conditions not begun": {func(a *samltest.Answer) {
			a.Change = func(_ *library.Response, s *library.Assertion) {
				s.Conditions.NotBefore = w.clock.Now().Add(saml.Skew + time.Second)
			}
		}, saml.ErrEarly},
		"confirmation ended": {func(a *samltest.Answer) {
			a.Change = func(_ *library.Response, s *library.Assertion) {
				confirmation(s).NotOnOrAfter = w.clock.Now().Add(-saml.Skew)
			}
		}, saml.ErrExpired},
		"confirmation without end": {func(a *samltest.Answer) {
			a.Change = func(_ *library.Response, s *library.Assertion) { confirmation(s).NotOnOrAfter = time.Time{} }
		}, saml.ErrExpired},
		"not bearer": {func(a *samltest.Answer) {
			a.Change = func(_ *library.Response, s *library.Assertion) {
				s.Subject.SubjectConfirmations[0].Method = "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key"
			}
		}, saml.ErrMissing},
		"no authentication": {func(a *samltest.Answer) {
			a.Change = func(_ *library.Response, s *library.Assertion) { s.AuthnStatements = nil }
		}, saml.ErrMissing},
		"no subject": {func(a *samltest.Answer) {
			a.Change = func(_ *library.Response, s *library.Assertion) { s.Subject = nil }
		}, saml.ErrMissing},
		"SAML 1.1": {func(a *samltest.Answer) {
			a.Raw = func(s *etree.Element) { s.CreateAttr("Version", "1.1") }
		}, saml.ErrCondition},
		"strange condition": {func(a *samltest.Answer) {
			a.Raw = func(s *etree.Element) { s.SelectElement("Conditions").CreateElement("saml:Condition") }
		}, saml.ErrCondition},
		"to nobody's request": {func(a *samltest.Answer) { a.InResponseTo = "id-0123456789" }, saml.ErrForeign},
		"assertion of another request": {func(a *samltest.Answer) {
			other := w.answer(t, p).InResponseTo
			a.Change = func(_ *library.Response, s *library.Assertion) { confirmation(s).InResponseTo = other }
		}, saml.ErrForeign},
		"assertion of no request": {func(a *samltest.Answer) {
			a.Change = func(_ *library.Response, s *library.Assertion) { confirmation(s).InResponseTo = "" }
		}, saml.ErrForeign},
		"nobody asked": {func(a *samltest.Answer) { a.InResponseTo = "" }, saml.ErrUnasked},
		"no address": {func(a *samltest.Answer) {
			a.NameID, a.Format = "S-1-5-21", library.PersistentNameIDFormat
		}, saml.ErrNoEmail},
		"address that is none": {func(a *samltest.Answer) { a.NameID = "Ada <ada@example.com>" }, saml.ErrEmail},
		"two addresses": {func(a *samltest.Answer) {
			a.Attributes = map[string][]string{"email": {"ada@example.com", "eve@example.com"}}
		}, saml.ErrEmail},
		"two attributes with addresses": {func(a *samltest.Answer) {
			a.Attributes = map[string][]string{"email": {"ada@example.com"}, "mail": {"eve@example.com"}}
		}, saml.ErrEmail},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := w.answer(t, p)
			tc.change(&a)
			form := w.provider.Forge(a)
			refuses(t, p, form, tc.want)
			if !a.Unsigned && a.Tamper == nil { // the same in a signed response
				a = w.answer(t, p)
				a.SignResponse = true
				tc.change(&a)
				refuses(t, p, w.provider.Forge(a), tc.want)
			}
		})
	}
}

// The time that counts is the injected one, and a certificate that has ended signs nothing.
func TestCertificateHasEnded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key := samltest.Until(w.clock.Now().Add(time.Hour))
	p := w.sp(t, func(c *saml.Connection) { c.Config.Certificates = [][]byte{key.Certificate.Raw} })
	a := w.answer(t, p)
	a.Key = key
	lets(t, p, w.provider.Forge(a), "ada@example.com")
	w.clock.Pass(2 * time.Hour)
	a = w.answer(t, p)
	a.Key = key
	refuses(t, p, w.provider.Forge(a), saml.ErrCertEnded)
}

// A request of ours is answered in time, at the tenant and by the connection that made it, once.
func TestAnswerToAnotherRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.sp(t)
	a := w.answer(t, p)
	other := w.sp(t, func(c *saml.Connection) { c.Tenant = w.tenants[1].ID })
	refuses(t, other, w.provider.Forge(a), saml.ErrForeign)
	draft := w.sp(t, func(c *saml.Connection) { c.ID[0]++ })
	refuses(t, draft, w.provider.Forge(a), saml.ErrForeign)
	changed := a
	changed.InResponseTo = changed.InResponseTo[:len(changed.InResponseTo)-2] + "AA"
	refuses(t, p, w.provider.Forge(changed), saml.ErrForeign)
	lets(t, p, w.provider.Forge(a), "ada@example.com")
	refuses(t, p, w.provider.Forge(a), saml.ErrReplayed) // another assertion for the same request

	late := w.answer(t, p)
	w.clock.Pass(saml.RequestLife + time.Second)
	late.Now = w.clock.Now()
	refuses(t, p, w.provider.Forge(late), saml.ErrLate)
}

// What begins at the provider is no way around: an answer that nobody asked for cannot be made one to a request.
func TestUnaskedAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.sp(t, idpInitiated)
	a := w.answer(t, p)
	request := a.InResponseTo
	a.InResponseTo = ""
	lets(t, p, w.provider.Forge(a), "ada@example.com")
	a.Tamper = func(r *etree.Element) { r.CreateAttr("InResponseTo", request) }
	refuses(t, p, w.provider.Forge(a), saml.ErrForeign)
	a.Tamper, a.InResponseTo = func(r *etree.Element) { r.RemoveAttr("InResponseTo") }, request
	refuses(t, p, w.provider.Forge(a), saml.ErrForeign)
}

func TestHostileForms(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.sp(t)
	good := func() string { return string(w.provider.ForgeXML(w.answer(t, p))) }
	encode := func(text string) url.Values { return samltest.Form([]byte(text)) }
	root := func(inside string) string { // an answer without an assertion
		return `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="a" Version="2.0">` + inside + `</samlp:Response>`
	}
	for name, tc := range map[string]struct {
		form url.Values
		want error
	}{
		"nothing":            {url.Values{}, saml.ErrMalformed},
		"empty":              {encode(""), saml.ErrMalformed},
		"no base64":          {url.Values{"SAMLResponse": {"%%%"}}, saml.ErrMalformed},
		"half of it":         {encode(good()[:1000]), saml.ErrMalformed},
		"two responses":      {url.Values{"SAMLResponse": {"x", "y"}}, saml.ErrMalformed},
		"two relay states":   {url.Values{"SAMLResponse": encode(good())["SAMLResponse"], "RelayState": {"x", "y"}}, saml.ErrMalformed},
		"an artifact":        {url.Values{"SAMLart": {"AAQAAMh48/1oXIM+sDo7Dh2qMp1HM4IF5DaRNmDj6RdUmllwn9jJHyEgIi8="}}, saml.ErrMalformed},
		"binary":             {encode("\x00\x01\x02"), saml.ErrMalformed},
		"HTML":               {encode("<html><body>x</body></html>"), saml.ErrMalformed},
		"another message":    {encode(strings.Replace(root(""), "samlp:Response", "samlp:LogoutResponse", 2)), saml.ErrMalformed},
		"5 MB":               {encode(root(strings.Repeat(" ", 5<<20))), saml.ErrTooLarge},
		"5 MB of base64":     {url.Values{"SAMLResponse": {strings.Repeat("A", 5<<20)}}, saml.ErrTooLarge},
		"many elements":      {encode(root(strings.Repeat("<a/>", 30_000))), saml.ErrTooLarge},
		"deep":               {encode(root(strings.Repeat("<a>", 1000) + strings.Repeat("</a>", 1000))), saml.ErrTooLarge},
		"many namespaces":    {encode(strings.Replace(good(), "<samlp:Response ", "<samlp:Response "+namespaces(2000), 1)), saml.ErrMalformed},
		"document type":      {encode("<!DOCTYPE x [<!ENTITY a \"b\">]>" + good()), saml.ErrHostile},
		"external entity":    {encode("<!DOCTYPE x SYSTEM \"file:///etc/passwd\">" + good()), saml.ErrHostile},
		"entity":             {encode(strings.Replace(good(), "ada@", "&ada;@", 1)), saml.ErrMalformed},
		"comment":            {encode(strings.Replace(good(), "ada@example.com", "ada@example.com<!-- -->.evil.example", 1)), saml.ErrHostile},
		"instruction":        {encode(strings.Replace(good(), "ada@example.com", "ada@example.com<?x?>.evil.example", 1)), saml.ErrHostile},
		"another encoding":   {encode(`<?xml version="1.0" encoding="utf-7"?>` + good()), saml.ErrMalformed},
		"an attribute twice": {encode(strings.Replace(good(), "<samlp:Response ", `<samlp:Response InResponseTo="_x" `, 1)), saml.ErrMalformed},
		"an ID twice":        {encode(root(`<a ID="b"/><a ID="b"/>`)), saml.ErrHostile},
		"a second response":  {encode(good() + root("")), saml.ErrHostile},
		"stray signature":    {encode(root(`<a><Signature/></a>`)), saml.ErrHostile},
		"foreign assertion":  {encode(root(`<Assertion xmlns="urn:x"/>`)), saml.ErrHostile},
		"assertion too deep": {encode(root(`<a><Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion"/></a>`)), saml.ErrHostile},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refuses(t, p, tc.form, tc.want)
		})
	}
}

func namespaces(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(`xmlns:n` + strings.Repeat("x", i%50) + string(rune('a'+i%26)) + strings.Repeat("y", i/50) + `="urn:x" `)
	}
	return b.String()
}

// Nothing is wrapped around what is signed: the look at the form refuses it, and what comes after would not be taken in either.
func TestWrappings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.sp(t, idpInitiated)
	ofResponse, ofAssertion := samltest.Wrappings("eve@example.com")
	check := func(t *testing.T, signResponse bool, wrap func(*etree.Element)) {
		t.Helper()
		a := w.answer(t, p)
		a.InResponseTo, a.SignResponse, a.Tamper = "", signResponse, wrap
		text := w.provider.ForgeXML(a)
		refuses(t, p, samltest.Form(text), saml.ErrHostile)
		if subject, err := p.VerifyUninspected(t.Context(), text); err == nil && subject != "ada@example.com" {
			t.Errorf("without that look, %s comes in", subject)
		}
	}
	for name, wrap := range ofResponse {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, true, wrap)
		})
	}
	for name, wrap := range ofAssertion {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, false, wrap)
		})
	}
}

// A comment in what is encrypted is not seen from outside, and cuts nothing off.
func TestCommentInEncryptedAssertion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.sp(t)
	a := w.answer(t, p)
	a.NameID, a.Encrypt = "ada@example.com.evil.example", parse(t, ourKey(t).CertificateDER())
	a.Plain = func(assertion string) string {
		return strings.Replace(assertion, "ada@example.com.evil", "ada@example.com<!-- -->.evil", 1)
	}
	lets(t, p, w.provider.Forge(a), "ada@example.com.evil.example")
}

func TestNotDecrypted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.sp(t)
	a := w.answer(t, p)
	a.Encrypt = samltest.Stranger().Certificate
	refuses(t, p, w.provider.Forge(a), saml.ErrDecrypt)
	a = w.answer(t, p)
	a.Encrypt, a.Unsigned = parse(t, ourKey(t).CertificateDER()), true
	refuses(t, p, w.provider.Forge(a), saml.ErrUnsigned)
}

// What a provider says instead of signing in is shown where we asked, bounded, and as text.
func TestStatus(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.sp(t, idpInitiated)
	a := w.answer(t, p)
	a.Unsigned = true
	a.Change = func(r *library.Response, _ *library.Assertion) {
		r.Status = library.Status{
			StatusCode:    library.StatusCode{Value: library.StatusResponder, StatusCode: &library.StatusCode{Value: library.StatusAuthnFailed}},
			StatusMessage: &library.StatusMessage{Value: "<script>alert(1)</script>\n" + strings.Repeat("x", 1000)},
		}
	}
	a.Tamper = func(r *etree.Element) { r.RemoveChild(r.SelectElement("Assertion")) }
	_, err := p.Finish(t.Context(), w.provider.Forge(a))
	var refusal *signon.Refusal
	if !errors.Is(err, saml.ErrStatus) || !errors.As(err, &refusal) {
		t.Fatal(err)
	}
	if s := refusal.Sentence; !strings.Contains(s, "AuthnFailed") || !strings.Contains(s, "<script>alert(1)</script> xx") || len(s) > 350 || strings.Contains(s, "\n") {
		t.Errorf("%q", s)
	}
	a.InResponseTo = ""
	_, err = p.Finish(t.Context(), w.provider.Forge(a))
	if !errors.As(err, &refusal) || strings.Contains(refusal.Error(), "script") {
		t.Errorf("a stranger's words are shown: %v", err)
	}
}

func TestEveryReasonHasASentence(t *testing.T) {
	t.Parallel()
	for err, sentence := range saml.Sentences() {
		if !strings.HasSuffix(sentence, ".") || len(sentence) < 30 {
			t.Errorf("%v: %q", err, sentence)
		}
	}
}

// Base64 comes with line breaks, and with none.
func TestLineBreaks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.sp(t)
	text := base64.StdEncoding.EncodeToString(w.provider.ForgeXML(w.answer(t, p)))
	var lines strings.Builder
	for ; len(text) > 76; text = text[76:] {
		lines.WriteString(text[:76] + "\r\n")
	}
	lets(t, p, url.Values{"SAMLResponse": {lines.String() + text}}, "ada@example.com")
}
