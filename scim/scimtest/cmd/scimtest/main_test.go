package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/memstore"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/schema"
)

// serve serves a lenient provider and returns its base URL.
func serve(t *testing.T) string {
	t.Helper()
	p := &provider.Provider{Store: memstore.New(), Types: []*schema.ResourceType{schema.User(), schema.Group()}, Lenient: scim.Auto}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		request, err := provider.ReadRequest(r, "/scim/v2")
		var response provider.Response
		if err == nil {
			response, err = p.Serve(r.Context(), request)
		}
		if err != nil {
			response = provider.Error(scim.AsError(err))
		}
		if err := response.WriteTo(w); err != nil {
			t.Errorf("write an answer: %v", err)
		}
	}))
	t.Cleanup(server.Close)
	p.Base = server.URL + "/scim/v2"
	return p.Base
}

func TestRun(t *testing.T) {
	t.Parallel()
	base := serve(t)
	bare := `a bare word in a filter`
	for name, c := range map[string]struct {
		args     []string
		status   int
		out, err string // parts of what is printed
	}{
		"help":            {[]string{"-help"}, conforms, "", "-url URL"},
		"no URL":          {nil, unusable, "", "-url"},
		"unknown flag":    {[]string{"-x"}, unusable, "", "-x"},
		"an argument":     {[]string{"-url", base, "x"}, unusable, "", `"x"`},
		"broken regexp":   {[]string{"-url", base, "-run", "("}, unusable, "", "-run"},
		"unknown profile": {[]string{"-url", base, "-profile", "lax"}, unusable, "", `"lax"`},
		"nobody there":    {[]string{"-url", "http://127.0.0.1:1"}, unusable, "", "discover"},
		"no check":        {[]string{"-url", base, "-run", "no such check"}, unusable, "0 checks", ""},
		"passes":          {[]string{"-url", base, "-run", "^POST answers 201"}, conforms, "1 checks, 1 passed, 0 tolerated", ""},
		"by requirement":  {[]string{"-url", base, "-v", "-run", "7644-3.6-5"}, conforms, "passed      DELETE answers 204", ""},
		"tolerated":       {[]string{"-url", base, "-run", bare}, conforms, "1 tolerated", ""},
		"fails":           {[]string{"-url", base, "-run", bare, "-profile", "strict"}, fails, "RFC 7644 section 3.4.2.2, MUST", ""},
		"not offered":     {[]string{"-url", base, "-v", "-run", "TLS 1.2"}, conforms, "the base URL is not https", ""},
		"checks":          {[]string{"-list", "-run", "TLS 1.2"}, conforms, "7644-7.2-1", ""},
		"coverage":        {[]string{"-coverage"}, conforms, "RFC 9865  MUST", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out, problems bytes.Buffer
			if status := run(t.Context(), c.args, &out, &problems); status != c.status {
				t.Errorf("exit status %d, want %d", status, c.status)
			}
			if !strings.Contains(out.String(), c.out) || !strings.Contains(problems.String(), c.err) {
				t.Errorf("printed %q\nand %q", out.String(), problems.String())
			}
		})
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	base := serve(t)
	for _, args := range [][]string{{"-url", base, "-json", "-run", "DELETE"}, {"-coverage", "-json"}} {
		var out, problems bytes.Buffer
		if status := run(t.Context(), args, &out, &problems); status != conforms {
			t.Errorf("%v: exit status %d: %s", args, status, problems.String())
		}
		if !json.Valid(out.Bytes()) {
			t.Errorf("%v prints no JSON: %s", args, out.String())
		}
	}
}
