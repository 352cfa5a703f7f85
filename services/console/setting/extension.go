package setting

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/askspoke/spoke/scim/schema"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/lifecycle"
)

func (s *Pages) extensionRoutes() []web.Route {
	return []web.Route{
		web.Get(extensionsPath, web.Viewers, s.extensions),
		web.Post(extensionsPath, web.Editors, "putExtension", s.putExtension),
		web.Get(extensionsPath+"/one", web.Viewers, s.extension),
		web.Post(extensionsPath+"/one", web.Editors, "putExtension", s.replaceExtension),
		web.Get(extensionsPath+"/remove", web.Editors, s.askRemoveExtension),
		web.Post(extensionsPath+"/remove", web.Editors, "removeExtension", s.removeExtension),
	}
}

const extensionsPath = "/settings/extensions"

// extensionsPage are the schemas that a tenant adds, and the form that adds one.
type extensionsPage struct {
	List     []extensionRow
	Most     int
	Form     extensionForm
	Problems []string
}

type extensionRow struct {
	Path, Name, URN, Kind string
	Attributes            int
	Removing              bool
	UpdatedAt             time.Time
}

type extensionForm struct{ Document, Kind string }

// extensionPage is one of them.
type extensionPage struct {
	extensionRow
	Description string
	List        []attributeRow
	CreatedAt   time.Time
	Document    string // JSON, indented
	Tag         string
	Form        extensionForm
	Problems    []string
}

type attributeRow struct {
	Name, Type, Description, Rules string
	Sub                            []attributeRow
}

func rowOfExtension(e tenancy.Extension) (extensionRow, schema.Schema, error) {
	var document schema.Schema
	if err := json.Unmarshal([]byte(e.Document), &document); err != nil {
		return extensionRow{}, document, fmt.Errorf("read the document of extension %s: %w", e.URN, err)
	}
	return extensionRow{
		Path: extensionPath(e.URN), Name: document.Name, URN: e.URN, Kind: e.ResourceType, Attributes: len(document.Attributes),
		Removing: !e.ClosedAt.IsZero(), UpdatedAt: e.UpdatedAt,
	}, document, nil
}

func extensionPath(urn string) string {
	return extensionsPath + "/one?" + url.Values{"urn": {urn}}.Encode()
}

// extensions is the list.
func (s *Pages) extensions(x *web.Exchange) error {
	page, err := s.extensionList(x)
	if err != nil {
		return err
	}
	return x.Show("extensions", page)
}

func (s *Pages) extensionList(x *web.Exchange) (page extensionsPage, err error) {
	page.Most = lifecycle.MaxExtensions
	list, err := s.Tenants.Extensions(x.Context(), x.Tenant.ID)
	if err != nil {
		return page, err
	}
	for _, e := range list {
		row, _, err := rowOfExtension(e)
		if err != nil {
			return page, err
		}
		page.List = append(page.List, row)
	}
	return page, nil
}

var errNoExtension = web.Refuse(http.StatusNotFound, "There is no such schema extension", "It may have been removed.").At(extensionsPath, "To the schema extensions")

// findExtension returns the extension that the address or the form names.
func (s *Pages) findExtension(x *web.Exchange, urn string) (tenancy.Extension, error) {
	list, err := s.Tenants.Extensions(x.Context(), x.Tenant.ID)
	if err != nil {
		return tenancy.Extension{}, err
	}
	for _, e := range list {
		if strings.EqualFold(e.URN, urn) {
			return e, nil
		}
	}
	return tenancy.Extension{}, errNoExtension
}

// extension is the page of one.
func (s *Pages) extension(x *web.Exchange) error {
	page, err := s.extensionOf(x, x.Query("urn"))
	if err != nil {
		return err
	}
	return x.Show("extension", page)
}

func (s *Pages) extensionOf(x *web.Exchange, urn string) (page extensionPage, err error) {
	e, err := s.findExtension(x, urn)
	if err != nil {
		return page, err
	}
	row, document, err := rowOfExtension(e)
	if err != nil {
		return page, err
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, []byte(e.Document), "", "  "); err != nil {
		return page, err
	}
	page = extensionPage{
		extensionRow: row, Description: document.Description, List: attributeRows(document.Attributes), CreatedAt: e.CreatedAt,
		Document: indented.String(), Tag: extensionTag(e),
	}
	page.Form.Document = page.Document
	return page, nil
}

func attributeRows(list []schema.Attribute) (rows []attributeRow) {
	for _, a := range list {
		row := attributeRow{Name: a.Name, Type: string(a.Type), Description: a.Description, Sub: attributeRows(a.SubAttributes)}
		if a.MultiValued {
			row.Type = "list of " + row.Type
		}
		var rules []string
		if a.Mutability != schema.ReadWrite {
			rules = append(rules, string(a.Mutability))
		}
		if a.Returned != schema.ByDefault {
			rules = append(rules, "returned: "+string(a.Returned))
		}
		if a.CaseExact {
			rules = append(rules, "case matters")
		}
		if len(a.CanonicalValues) > 0 {
			rules = append(rules, "suggested: "+strings.Join(a.CanonicalValues, ", "))
		}
		row.Rules = strings.Join(rules, "; ")
		rows = append(rows, row)
	}
	return rows
}

// extensionTag tells one state of an extension from another, so that a change is made from what its maker saw.
func extensionTag(e tenancy.Extension) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %t", e.URN, e.ResourceType, e.Document, e.ClosedAt.IsZero()))
	return hex.EncodeToString(sum[:12])
}

// problemsOf returns what is wrong with a document, in sentences, and nil for any other error.
func problemsOf(err error) []string {
	var document *schema.DocumentError
	switch {
	case errors.As(err, &document):
		return document.Problems
	case errors.Is(err, tenancy.ErrExtensionLimit):
		return []string{fmt.Sprintf("A tenant has %d extensions at most, and %d KiB of documents together. Remove one first.", lifecycle.MaxExtensions, lifecycle.MaxExtensionBytes>>10)}
	}
	return nil
}
