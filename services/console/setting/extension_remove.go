package setting

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/askspoke/spoke/services/console/place"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/services/console/word"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// removalPage asks whether an extension is to be removed, or says why it cannot be.
type removalPage struct {
	extensionRow
	Used    int    // how many resources have values
	Example string // the path of one
}

// askRemoveExtension is the page before the removal.
func (s *Pages) askRemoveExtension(x *web.Exchange) error {
	e, err := s.findExtension(x, x.Query("urn"))
	if err != nil {
		return err
	}
	page := removalPage{}
	if page.extensionRow, _, err = rowOfExtension(e); err != nil {
		return err
	}
	var id string
	if page.Used, id, err = s.store(x).ExtensionUse(x.Context(), e.ResourceType, e.URN); err != nil {
		return err
	}
	page.Example = resourcePath(e.ResourceType, id)
	return x.Show("extension_remove", page)
}

func resourcePath(kind, id string) string {
	if kind == "Group" {
		return place.Groups + "/" + id
	}
	return place.Users + "/" + id
}

// removeExtension begins the removal. It answers as soon as nothing can begin to use the extension; the rest goes on
// beside.
func (s *Pages) removeExtension(x *web.Exchange) error {
	e, err := s.findExtension(x, x.PostForm("urn"))
	if err != nil {
		return err
	}
	waiting := make(chan time.Duration, 1)
	ended := s.Jobs.Call(func(ctx context.Context) error { return s.endExtension(ctx, x.Tenant.Slug, e.URN, waiting) })
	select {
	case left := <-waiting:
		return x.SeeOther(extensionsPath, web.Done("The extension %s is being removed. Nothing can begin to use it any more; it is gone in about %s, unless a request that was on its way has used it.", e.URN, word.Roughly(left)))
	case err = <-ended:
	case <-x.Context().Done():
		return x.Context().Err()
	}
	var used *tenancy.ExtensionUsedError
	switch {
	case errors.As(err, &used):
		return web.Refuse(http.StatusConflict, "The extension is used", "%s of type %s have values under it. It stays until they have none: take it out of the mapping at your identity provider first.",
			word.Plural(used.Count, "resource", "resources"), used.ResourceType).Because(err).At(resourcePath(used.ResourceType, used.Example), "See one of them")
	case errors.Is(err, tenancy.ErrExtensionReopened):
		return web.Refuse(http.StatusConflict, "The extension stays", "Somebody added it again while it was being removed.").Because(err).At(extensionPath(e.URN), "Open it")
	case err != nil && !errors.Is(err, tenancy.ErrExtensionNotFound):
		return unsettled(err)
	}
	return x.SeeOther(extensionsPath, web.Done("The extension %s is removed.", e.URN))
}

// endExtension removes an extension, and tells waiting when it is closed and the wait begins.
func (s *Pages) endExtension(ctx context.Context, slug tenancy.Slug, urn string, waiting chan<- time.Duration) error {
	waits := false
	err := s.Tenants.RemoveExtension(ctx, lifecycle.Removal{
		Slug: slug, URN: urn,
		Use: func(ctx context.Context, t tenancy.Tenant, e tenancy.Extension) (int, string, error) {
			store := s.Directory.Store(tenantdb.SchemaFor(t.ID), t.Settings.UniqueGroupNames)
			return store.ExtensionUse(ctx, e.ResourceType, e.URN)
		},
		Waiting: func(d time.Duration) { waits = true; waiting <- d },
	})
	if err != nil && waits { // nobody waits for the answer any more
		s.Logger.Warn("schema extension not removed", "tenant", string(slug), "urn", urn, "error", err)
	}
	return err
}
