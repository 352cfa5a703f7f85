//go:build unix

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

func replace(path, value string) any {
	return map[string]any{"op": "Replace", "path": path, "value": value}
}

func patch(operations ...any) any {
	return map[string]any{"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:PatchOp"}, "Operations": operations}
}

// find returns the id of what has a name, empty where there is none.
func (w *work) find(ctx context.Context, resources, attribute, name string) (string, error) {
	filter := url.QueryEscape(attribute + ` eq "` + name + `"`)
	_, document, err := w.send(ctx, http.MethodGet, "/"+resources+"?filter="+filter, nil)
	list, _ := document["Resources"].([]any)
	if len(list) == 0 {
		return "", err
	}
	first, _ := list[0].(map[string]any)
	id, _ := first["id"].(string)
	return id, err
}

// change sends a change and counts what became of it.
func (w *work) change(ctx context.Context, method, path string, body any) (int, map[string]any, error) {
	status, document, err := w.send(ctx, method, path, body)
	w.cycle.changes++
	if status/100 != 2 {
		w.cycle.refused++
	}
	return status, document, err
}

// send sends a request. Its error is that there was no answer, or none that is SCIM.
func (w *work) send(ctx context.Context, method, path string, body any) (int, map[string]any, error) {
	select {
	case <-ctx.Done():
		return 0, nil, ctx.Err()
	case <-time.After(w.every):
	}
	text := ""
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return 0, nil, err
		}
		text = string(b)
	}
	r, err := http.NewRequestWithContext(ctx, method, "http://"+w.slug+".localhost/scim/v2"+path, strings.NewReader(text))
	if err != nil {
		return 0, nil, err
	}
	w.mu.Lock()
	r.Header.Set("Authorization", "Bearer "+w.token)
	w.mu.Unlock()
	r.Header.Set("Content-Type", "application/scim+json")
	response, err := w.http.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	var document map[string]any
	if err == nil && len(answer) > 0 {
		err = json.Unmarshal(answer, &document)
	}
	if err != nil {
		return 0, nil, errors.Join(fmt.Errorf("%s %s: %s", method, path, response.Status), err)
	}
	now := time.Now()
	if !w.answered.IsZero() && now.Sub(w.answered) > w.gap {
		w.stalled.Store(true)
	}
	w.answered = now
	w.cycle.statuses[response.StatusCode]++
	if response.StatusCode == http.StatusUnauthorized {
		w.unauthorized++
		w.cycle.aborted = w.unauthorized >= signInTries
	}
	return response.StatusCode, document, nil
}
