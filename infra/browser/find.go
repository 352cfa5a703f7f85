//go:build unix

package browser

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// selector returns the CSS selector that a target is, or else the name or text, and false.
func selector(target string) (string, bool) {
	if rest, ok := strings.CutPrefix(target, "css:"); ok {
		return rest, true
	}
	if rest, ok := strings.CutPrefix(target, "text:"); ok {
		return rest, false
	}
	return target, target != "" && strings.ContainsRune("#.[", rune(target[0]))
}

// group has Chromium forget the elements that were looked at when the page goes.
const group = "spoke"

// root returns the page, or the part of it that is looked at, and false when there is none.
func (b *Browser) root(ctx context.Context) (runtime.RemoteObjectID, bool, error) {
	expression := "document"
	if b.scope != "" {
		expression = "document.querySelector(" + quote(b.scope) + ")"
	}
	object, err := chromedp.Run(ctx, chromedp.Evaluate[*runtime.RemoteObject](expression, chromedp.EvalObjectGroup(group)))
	if err != nil {
		return "", false, fmt.Errorf("find %s: %w", expression, err)
	}
	return object.ObjectID, object.ObjectID != "", nil
}

// one finds the one element that a target names, among those that fit a test of their roles. no says why there is not one.
func (b *Browser) one(ctx context.Context, target, test string) (id runtime.RemoteObjectID, no string, err error) {
	root, ok, err := b.root(ctx)
	if err != nil {
		return "", "", err
	}
	if !ok {
		return "", "nothing matches " + b.scope, nil
	}
	var found []runtime.RemoteObjectID
	switch text, css := selector(target); {
	case css:
		found, err = matching(ctx, root, shown, text)
	case test == fileField:
		found, err = matching(ctx, root, labelled, text)
	default:
		found, err = called(ctx, root, text, test)
	}
	switch {
	case err != nil:
		return "", "", err
	case len(found) == 0:
		return "", "there is none", nil
	case len(found) > 1:
		return "", fmt.Sprintf("there are %d; say with Within which is meant", len(found)), nil
	}
	return found[0], "", nil
}

// shown returns what a selector matches, but for what nobody sees.
const shown = `function(css) { return Array.from(this.querySelectorAll(css)).filter(e => e.checkVisibility()) }`

// labelled returns the file fields that have a label. Their accessible name says also which file was chosen.
const labelled = `function(name) {
	const called = e => [e.ariaLabel, ...Array.from(e.labels, l => l.innerText.trim())].includes(name)
	return Array.from(this.querySelectorAll('input[type=file]')).filter(called)
}`

// matching returns the elements that a function, called on the root, returns for a text.
func matching(ctx context.Context, root runtime.RemoteObjectID, which, css string) ([]runtime.RemoteObjectID, error) {
	list, err := chromedp.Run(ctx, chromedp.CallFunctionOn[*runtime.RemoteObject](which, on(root), css))
	if err != nil {
		return nil, fmt.Errorf("find %s: %w", css, err)
	}
	properties, err := chromedp.Call(ctx, runtime.GetProperties, runtime.GetPropertiesParams{
		ObjectID: list.ObjectID, OwnProperties: new(true),
	})
	if err != nil {
		return nil, fmt.Errorf("find %s: %w", css, err)
	}
	var found []runtime.RemoteObjectID
	for _, p := range properties.Result {
		if p.Enumerable && p.Value != nil && p.Value.ObjectID != "" {
			found = append(found, p.Value.ObjectID)
		}
	}
	return found, nil
}

// called finds by the accessible name what assistive technology is told of. Text in an element has the same name as it, so
// a test, a JavaScript function body about this, says which are meant.
func called(ctx context.Context, root runtime.RemoteObjectID, name, test string) ([]runtime.RemoteObjectID, error) {
	tree, err := chromedp.Call(ctx, accessibility.QueryAXTree, accessibility.QueryAXTreeParams{ObjectID: root, AccessibleName: name})
	if err != nil {
		return nil, fmt.Errorf("find what is called %q: %w", name, err)
	}
	var found []runtime.RemoteObjectID
	for _, node := range tree.Nodes {
		if node.Ignored || node.BackendDOMNodeID == 0 {
			continue
		}
		resolved, err := chromedp.Call(ctx, dom.ResolveNode, dom.ResolveNodeParams{
			BackendNodeID: node.BackendDOMNodeID, ObjectGroup: group,
		})
		if err != nil {
			return nil, fmt.Errorf("find what is called %q: %w", name, err)
		}
		fits, err := chromedp.Run(ctx, chromedp.CallFunctionOn[bool](test, on(resolved.Object.ObjectID)))
		if err != nil {
			return nil, fmt.Errorf("find what is called %q: %w", name, err)
		}
		if fits {
			found = append(found, resolved.Object.ObjectID)
		}
	}
	return found, nil
}

// on has a function called with an element as its this.
func on(id runtime.RemoteObjectID) chromedp.CallOption {
	return func(p *runtime.CallFunctionOnParams) { p.ObjectID, p.ObjectGroup = id, group }
}

// quote returns a text as JavaScript writes it.
func quote(text string) string {
	data, err := json.Marshal(text)
	if err != nil {
		panic(errors.New("a string is always JSON"))
	}
	return string(data)
}
