//go:build unix

package main

import (
	"context"
	"net/http"
	"time"
)

// work is a cycle under way.
type work struct {
	*provider
	cycle        *cycle
	unauthorized int
	answered     time.Time // the last request
}

// signInTries is how often a provider tries to sign in in one cycle.
const signInTries = 3

const badgeAttribute = "badgeNumber"

// probe is the request with which a cycle begins.
func (w *work) probe(ctx context.Context) error {
	for range signInTries {
		if _, err := w.find(ctx, "Users", "userName", "nobody"); err != nil {
			return err
		}
		if w.unauthorized == 0 {
			return nil
		}
	}
	w.cycle.aborted = true
	return nil
}

// user brings one user up to date.
func (w *work) user(ctx context.Context, name string, want person, walk bool) error {
	have := w.record(name)
	if have.person == want && have.id != "" && !walk || have.id == "" && want.gone {
		return nil
	}
	found, err := w.find(ctx, "Users", "userName", name)
	if err != nil || found == "" && have.id != "" { // it could not be looked up, or it is not there: the next cycle makes it
		w.forget(name, err)
		return err
	}
	have.id = found
	switch {
	case found == "":
		body := map[string]any{"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:User"}, "userName": name, "title": want.title, "active": !want.off}
		status, document, err := w.change(ctx, http.MethodPost, "/Users", body)
		if id, ok := document["id"].(string); ok && status == http.StatusCreated {
			w.remember(name, record{want, id})
		}
		return err
	case want.gone:
		return w.leave(ctx, name, have)
	}
	var operations []any
	if have.title != want.title || walk {
		operations = append(operations, replace("title", want.title))
	}
	if have.badge != want.badge && want.badge != "" {
		operations = append(operations, replace(badgeAttribute, want.badge))
	}
	if have.off != want.off || have.gone || walk {
		operations = append(operations, replace("active", map[bool]string{true: "False", false: "True"}[want.off]))
	}
	if len(operations) == 0 { // the mapping was taken back
		w.remember(name, record{want, have.id})
		return nil
	}
	status, _, err := w.change(ctx, http.MethodPatch, "/Users/"+have.id, patch(operations...))
	if status/100 == 2 {
		w.remember(name, record{want, have.id})
	}
	return err
}

// leave disables a user, and deletes them.
func (w *work) leave(ctx context.Context, name string, have record) error {
	if !have.off {
		status, _, err := w.change(ctx, http.MethodPatch, "/Users/"+have.id, patch(replace("active", "False")))
		if err != nil || status/100 != 2 {
			return err
		}
		have.off = true
		w.remember(name, have)
	}
	status, _, err := w.change(ctx, http.MethodDelete, "/Users/"+have.id, nil)
	if status == http.StatusNoContent {
		w.remember(name, record{person{gone: true}, ""})
	}
	return err
}

// group makes a group with its members, once.
func (w *work) group(ctx context.Context, name string) error {
	if w.groups[name] {
		return nil
	}
	id, err := w.find(ctx, "Groups", "displayName", name)
	if err != nil || id != "" {
		return err
	}
	_, document, err := w.change(ctx, http.MethodPost, "/Groups", map[string]any{
		"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:Group"}, "displayName": name,
	})
	id, ok := document["id"].(string)
	if err != nil || !ok {
		return err
	}
	var members []any
	for _, member := range w.source.groups[name] {
		members = append(members, map[string]string{"value": w.record(member).id})
	}
	status, _, err := w.change(ctx, http.MethodPatch, "/Groups/"+id, patch(map[string]any{"op": "Add", "path": "members", "value": members}))
	w.groups[name] = status/100 == 2
	return err
}

func (w *work) record(name string) record {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.records[name]
}

func (w *work) remember(name string, r record) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.records[name] = r
}

// forget notes that a user is not there any more, unless it could not be looked up.
func (w *work) forget(name string, err error) {
	if err == nil && w.unauthorized == 0 {
		w.remember(name, record{})
	}
}
