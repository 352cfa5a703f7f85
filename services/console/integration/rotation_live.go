package integration

import (
	"context"
	"errors"
	"strings"

	"github.com/askspoke/spoke/services/console/live"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/services/console/word"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/token"
)

const (
	// rotationLivePath is where the rotations of tokens are streamed, each by its token's id.
	rotationLivePath = "/live/rotation/"
	rotationTopic    = "rotation"
)

// rotationPart is what the part "rotation" of a token's page shows.
type rotationPart struct {
	Rotation *rotationShown // nil: the token is in none
	rotationRights
}

type rotationShown struct {
	Old, New token.Token
	From     string // where the new one was used first
	Proven   bool
}

// rotationRights are what the viewer of a rotation may do. What is streamed is the same for all who watch a topic, so those who
// may different things watch different ones.
type rotationRights struct {
	May    bool // change something
	OwnNew bool // revoke the new token
	OwnOld bool // revoke the old one
}

// name is what stands for the rights in the name of a topic.
func (r rotationRights) name() string {
	name := ""
	for _, right := range []struct {
		has  bool
		name string
	}{{r.May, "may"}, {r.OwnNew, "new"}, {r.OwnOld, "old"}} {
		if right.has {
			name += "." + right.name
		}
	}
	return name
}

// rightsOf are the rights that have a name.
func rightsOf(name string) (r rotationRights) {
	for part := range strings.SplitSeq(name, ".") {
		switch part {
		case "may":
			r.May = true
		case "new":
			r.OwnNew = true
		case "old":
			r.OwnOld = true
		}
	}
	return r
}

// rotationOf returns the open rotation that a token is part of, as the viewer sees it.
func (s *Pages) rotationOf(x *web.Exchange, t token.Token) (p rotationPart, err error) {
	p.May = x.Viewer.May("admin", "provisioning")
	if p.Rotation, err = s.openRotation(x.Context(), x.Tenant.ID, t); err != nil || p.Rotation == nil {
		return p, err
	}
	if p.OwnNew, err = x.MayRevoke(p.Rotation.New.ID); err != nil {
		return p, err
	}
	p.OwnOld, err = x.MayRevoke(p.Rotation.Old.ID)
	return p, err
}

// openRotation returns the open rotation that a token is part of, as the old or as the new one, nil for none.
func (s *Pages) openRotation(ctx context.Context, tenant tenancy.ID, t token.Token) (*rotationShown, error) {
	for _, id := range []string{t.ID, t.Replaces} {
		if id == "" {
			continue
		}
		r, err := s.Tokens.Rotation(ctx, tenant, id)
		switch {
		case errors.Is(err, token.ErrNoRotation), errors.Is(err, token.ErrNotFound):
		case err != nil:
			return nil, err
		case r.State == token.RotationOpen:
			return &rotationShown{r.Old, r.New, word.Address(r.New.FirstUsedFrom), r.Proven}, nil
		}
	}
	return nil, nil //nolint:nilnil // most tokens are in no rotation
}

// rotations is the topic of every rotation: of a token, as who may so much sees it.
func (s *Pages) rotations() live.Topic {
	return live.Topic{Name: rotationTopic, OpenOf: func(tenant tenancy.ID, of string) live.Read {
		id, rights, _ := strings.Cut(of, ".")
		return func(ctx context.Context) ([]live.Fragment, error) {
			t, err := s.Tokens.Get(ctx, tenant, id)
			if err != nil {
				return nil, err
			}
			p := rotationPart{rotationRights: rightsOf(rights)}
			if p.Rotation, err = s.openRotation(ctx, tenant, t); err != nil {
				return nil, err
			}
			return s.Fragments("scim_token", p, "rotation")
		}
	}}
}

// watchRotation streams the rotation that a token is part of. When there is none any more, the part is empty.
func (s *Pages) watchRotation(x *web.Exchange) error {
	id := x.Param("token")
	t, err := s.Tokens.Get(x.Context(), x.Tenant.ID, id)
	if err != nil {
		return tokenRefusal(err, id)
	}
	p, err := s.rotationOf(x, t)
	if err != nil {
		return err
	}
	return s.Watch(rotationTopic + "/" + t.ID + p.name())(x)
}
