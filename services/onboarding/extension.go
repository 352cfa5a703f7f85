package onboarding

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/askspoke/spoke/scim/schema"
	"github.com/askspoke/spoke/services/onboarding/api"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/directory"
)

func extension(e tenancy.Extension) (api.Extension, error) {
	x := api.Extension{
		URN: e.URN, ResourceType: api.ExtendedType(e.ResourceType), State: api.ExtensionOpen, CreatedAt: e.CreatedAt, UpdatedAt: e.UpdatedAt,
	}
	if !e.ClosedAt.IsZero() {
		x.State = api.ExtensionRemoving
	}
	if err := json.Unmarshal([]byte(e.Document), &x.Schema); err != nil {
		return x, fmt.Errorf("read the document of extension %s: %w", e.URN, err)
	}
	return x, nil
}

// extensionTag returns the ETag of an extension: of its document and its state.
func extensionTag(e tenancy.Extension) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %t", e.URN, e.ResourceType, e.Document, e.ClosedAt.IsZero()))
	return `"` + hex.EncodeToString(sum[:12]) + `"`
}

// findExtension returns the one of a URN in any case.
func findExtension(list []tenancy.Extension, urn string) (tenancy.Extension, error) {
	for _, e := range list {
		if strings.EqualFold(e.URN, urn) {
			return e, nil
		}
	}
	return tenancy.Extension{}, tenancy.ErrExtensionNotFound
}

// ListExtensions answers with all schema extensions of a tenant.
func (s *Server) ListExtensions(ctx context.Context, r api.ListExtensionsRequestObject) (api.ListExtensionsResponseObject, error) {
	t, err := s.find(ctx, r.Tenant)
	if err != nil {
		return nil, err
	}
	list, err := s.Tenants.Extensions(ctx, t.ID)
	if err != nil {
		return nil, err
	}
	answer := api.ListExtensions200JSONResponse{Items: make([]api.Extension, len(list))}
	for i, e := range list {
		if answer.Items[i], err = extension(e); err != nil {
			return nil, err
		}
	}
	return answer, nil
}

// readExtension returns a schema extension of a tenant as it is answered.
func (s *Server) readExtension(ctx context.Context, t tenancy.Tenant, urn string) (e tenancy.Extension, body api.Extension, err error) {
	list, err := s.Tenants.Extensions(ctx, t.ID)
	if err != nil {
		return e, body, err
	}
	if e, err = findExtension(list, urn); err != nil {
		return e, body, err
	}
	body, err = extension(e)
	return e, body, err
}

// GetExtension answers with a schema extension.
func (s *Server) GetExtension(ctx context.Context, r api.GetExtensionRequestObject) (api.GetExtensionResponseObject, error) {
	t, err := s.find(ctx, r.Tenant)
	if err != nil {
		return nil, err
	}
	e, body, err := s.readExtension(ctx, t, r.URN)
	if err != nil {
		return nil, err
	}
	return api.GetExtension200JSONResponse{Body: body, Headers: api.GetExtension200ResponseHeaders{ETag: extensionTag(e)}}, nil
}

// PutExtension adds a schema extension, or gives one a new document.
func (s *Server) PutExtension(ctx context.Context, r api.PutExtensionRequestObject) (api.PutExtensionResponseObject, error) {
	t, err := s.find(ctx, r.Tenant)
	if err != nil {
		return nil, err
	}
	next, err := parseExtension(r.URN, *r.Body)
	if err != nil {
		return nil, err
	}
	replaced, err := s.Tenants.PutExtension(ctx, t.Slug, next, func(list []tenancy.Extension) error {
		if err := matchExtension(list, r.URN, r.Params.IfMatch); err != nil {
			return err
		}
		return directory.CheckExtension(next, list)
	})
	if err != nil {
		return nil, err
	}
	e, body, err := s.readExtension(ctx, t, next.URN)
	if err != nil {
		return nil, err
	}
	if replaced {
		return api.PutExtension200JSONResponse{Body: body, Headers: api.PutExtension200ResponseHeaders{ETag: extensionTag(e)}}, nil
	}
	return api.PutExtension201JSONResponse{Body: body, Headers: api.PutExtension201ResponseHeaders{ETag: extensionTag(e)}}, nil
}

// matchExtension compares If-Match with what is there.
func matchExtension(list []tenancy.Extension, urn string, ifMatch *string) error {
	e, err := findExtension(list, urn)
	switch {
	case err != nil && ifMatch == nil:
		return nil
	case err != nil:
		return newProblem(preconditionFailed, "The tenant has no such schema extension. Add it without If-Match.")
	case ifMatch == nil:
		return newProblem(preconditionRequired, "The tenant has this schema extension. To change it, send its ETag as If-Match.")
	case *ifMatch != "*" && *ifMatch != extensionTag(e):
		return newProblem(preconditionFailed, "The schema extension was changed since you read it. Read it again, and make the change from that.")
	}
	return nil
}

// parseExtension returns the extension in a body, whose URN is that of the path.
func parseExtension(urn string, body api.ExtensionDocument) (tenancy.Extension, error) {
	document, err := json.Marshal(body.Schema)
	if err != nil {
		return tenancy.Extension{}, malformed(err, nil)
	}
	if len(document) > schema.MaxDocument {
		return tenancy.Extension{}, wrongField("schema", fmt.Sprintf("must have %d KiB at most", schema.MaxDocument>>10))
	}
	kind := string(value(body.ResourceType))
	if kind == "" {
		if kind = urn[strings.LastIndexByte(urn, ':')+1:]; kind != "User" && kind != "Group" {
			return tenancy.Extension{}, wrongField("resource_type", "is missing, and the URN does not end in :User or :Group")
		}
	}
	e, err := directory.ParseExtension(document, kind)
	if err == nil && !strings.EqualFold(e.URN, urn) {
		return e, wrongField("schema.id", "must be the URN in the path")
	}
	return e, err
}

// RemoveExtension begins the removal of a schema extension that nothing uses. It answers as soon as nothing can begin to use
// it; the rest goes on beside the calls.
func (s *Server) RemoveExtension(ctx context.Context, r api.RemoveExtensionRequestObject) (api.RemoveExtensionResponseObject, error) {
	t, err := s.find(ctx, r.Tenant)
	if err != nil {
		return nil, err
	}
	_, body, err := s.readExtension(ctx, t, r.URN)
	if err != nil {
		return nil, err
	}
	waiting := make(chan struct{})
	ended := s.jobs.Call(func(ctx context.Context) error {
		return s.removeExtension(ctx, t, body.URN, func(time.Duration) { close(waiting) })
	})
	select {
	case <-waiting:
	case err := <-ended:
		if err != nil && !errors.Is(err, tenancy.ErrExtensionNotFound) {
			return nil, err
		}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	body.State = api.ExtensionRemoving
	return api.RemoveExtension202JSONResponse(body), nil
}
