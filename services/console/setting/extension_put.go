package setting

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/askspoke/spoke/scim/schema"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/directory"
)

// parseExtension reads a document as it was pasted: a SCIM schema, or the body that the onboarding API takes. kind is what
// the form says that it extends, "" for what the URN says. The error is a *schema.DocumentError.
func parseExtension(form extensionForm) (tenancy.Extension, error) {
	wrong := func(format string, args ...any) (tenancy.Extension, error) {
		return tenancy.Extension{}, &schema.DocumentError{Problems: []string{fmt.Sprintf(format, args...)}}
	}
	text := []byte(strings.TrimSpace(form.Document))
	kind := form.Kind
	if len(text) == 0 {
		return wrong("Paste the schema's JSON.")
	}
	var body struct {
		ResourceType string          `json:"resource_type"`
		Schema       json.RawMessage `json:"schema"`
		Attributes   json.RawMessage `json:"attributes"`
	}
	if json.Unmarshal(text, &body) == nil && body.Schema != nil && body.Attributes == nil {
		text = bytes.TrimSpace(body.Schema)
		if kind == "" {
			kind = body.ResourceType
		}
	}
	if len(text) > schema.MaxDocument {
		return wrong("The document has %d KiB: %d KiB are the most.", len(text)>>10, schema.MaxDocument>>10)
	}
	var named struct{ ID string }
	if err := json.Unmarshal(text, &named); err == nil && kind == "" {
		if kind = named.ID[strings.LastIndexByte(named.ID, ':')+1:]; kind != "User" && kind != "Group" {
			return wrong("Choose what it extends, users or groups: the id does not end in :User or :Group.")
		}
	}
	if kind == "" {
		kind = "User" // what is wrong with the document is told below
	}
	return directory.ParseExtension(text, kind)
}

// putExtension adds an extension.
func (s *Pages) putExtension(x *web.Exchange) error {
	form := extensionForm{x.PostForm("document"), x.PostForm("resource_type")}
	again := func(err error) error {
		problems := problemsOf(err)
		if problems == nil {
			return unsettled(err)
		}
		page, err := s.extensionList(x)
		if err != nil {
			return err
		}
		page.Form, page.Problems = form, problems
		return x.ShowAgain("extensions", page)
	}
	next, err := parseExtension(form)
	if err != nil {
		return again(err)
	}
	repeated := false
	_, err = s.Tenants.PutExtension(x.Context(), x.Tenant.Slug, next, func(list []tenancy.Extension) error {
		for _, e := range list {
			if !strings.EqualFold(e.URN, next.URN) {
				continue
			}
			if e.Document != next.Document || e.ResourceType != next.ResourceType {
				return web.Refuse(http.StatusConflict, "There is an extension with this id", "To change it, open it and paste the new document there, so that you see what it is now. Nothing was changed.").
					At(extensionPath(e.URN), "Open it")
			}
			repeated = e.ClosedAt.IsZero() // the form was sent twice
		}
		return directory.CheckExtension(next, list)
	})
	if err != nil {
		return again(err)
	}
	if repeated {
		return x.SeeOther(extensionPath(next.URN), web.Done("The extension is there, as it is in your document."))
	}
	return x.SeeOther(extensionPath(next.URN), web.Done("Resources of type %s can have the attributes of %s from now on. Map them at your identity provider.", next.ResourceType, next.URN))
}

// replaceExtension gives an extension another document.
func (s *Pages) replaceExtension(x *web.Exchange) error {
	urn, tag := x.PostForm("urn"), x.PostForm("tag")
	e, err := s.findExtension(x, urn)
	if err != nil {
		return err
	}
	form := extensionForm{x.PostForm("document"), e.ResourceType}
	again := func(err error) error {
		problems := problemsOf(err)
		if problems == nil {
			return unsettled(err)
		}
		page, err := s.extensionOf(x, urn)
		if err != nil {
			return err
		}
		page.Form, page.Problems = form, problems
		return x.ShowAgain("extension", page)
	}
	next, err := parseExtension(form)
	if err == nil && !strings.EqualFold(next.URN, e.URN) {
		err = &schema.DocumentError{Problems: []string{"id: must stay " + e.URN + ". Add another extension under another id."}}
	}
	if err != nil {
		return again(err)
	}
	_, err = s.Tenants.PutExtension(x.Context(), x.Tenant.Slug, next, func(list []tenancy.Extension) error {
		for _, is := range list {
			if is.URN == e.URN && extensionTag(is) != tag && is.Document != next.Document {
				return web.Refuse(http.StatusConflict, "The extension was changed meanwhile", "Somebody else changed it since you opened it. Nothing of yours was saved. Open it again, and make your change from that.").
					At(extensionPath(e.URN), "Open it again")
			}
		}
		return directory.CheckExtension(next, list)
	})
	if err != nil {
		return again(err)
	}
	return x.SeeOther(extensionPath(next.URN), web.Done("The extension has its new document."))
}
