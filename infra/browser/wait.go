//go:build unix

package browser

import (
	"context"
	"fmt"
	"strings"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// words returns what is shown to a person, with each white space as one blank.
const words = `function() { return ((this.body ?? this).innerText ?? '').replace(/\s+/g, ' ').trim() }`

// WaitFor waits until a text is shown on the page, whatever its white space, or something that a selector matches.
func (b *Browser) WaitFor(what string) {
	b.t.Helper()
	b.until(fmt.Sprintf("wait for %q", what), func(ctx context.Context) (string, error) {
		shown, err := b.shows(ctx, what)
		if err == nil && !shown {
			return "it is not there", nil
		}
		return "", err
	})
	b.settle()
}

// WaitGone waits until a text is not, or no longer, shown, or nothing that a selector matches.
func (b *Browser) WaitGone(what string) {
	b.t.Helper()
	b.until(fmt.Sprintf("wait until %q is gone", what), func(ctx context.Context) (string, error) {
		shown, err := b.shows(ctx, what)
		if err == nil && shown {
			return "it is still there", nil
		}
		return "", err
	})
	b.settle()
}

// Shows reports whether a text is shown now, or something that a selector matches.
func (b *Browser) Shows(what string) (shown bool) {
	b.t.Helper()
	b.settle()
	b.until(fmt.Sprintf("look for %q", what), func(ctx context.Context) (_ string, err error) {
		shown, err = b.shows(ctx, what)
		return "", err
	})
	return shown
}

func (b *Browser) shows(ctx context.Context, what string) (bool, error) {
	root, ok, err := b.root(ctx)
	if err != nil || !ok {
		return false, err
	}
	what, css := selector(what)
	if css {
		found, err := matching(ctx, root, shown, what)
		return len(found) > 0, err
	}
	text, err := chromedp.Run(ctx, chromedp.CallFunctionOn[string](words, on(root)))
	return strings.Contains(text, strings.Join(strings.Fields(what), " ")), err
}

// Text returns the text of the first thing that a CSS selector matches, as it is shown, once there is one.
func (b *Browser) Text(css string) (text string) {
	b.t.Helper()
	b.until("read "+css, func(ctx context.Context) (string, error) {
		list, err := b.texts(ctx, css)
		if err != nil {
			return "", err
		}
		if len(list) == 0 {
			return "there is none", nil
		}
		text = list[0]
		return "", nil
	})
	return text
}

// Texts returns the texts of all that a CSS selector matches now, in the page's order.
func (b *Browser) Texts(css string) (list []string) {
	b.t.Helper()
	b.settle()
	b.until("read "+css, func(ctx context.Context) (_ string, err error) {
		list, err = b.texts(ctx, css)
		return "", err
	})
	return list
}

func (b *Browser) texts(ctx context.Context, css string) ([]string, error) {
	root, ok, err := b.root(ctx)
	if err != nil || !ok {
		return nil, err
	}
	css, _ = selector(css)
	found, err := matching(ctx, root, shown, css)
	if err != nil {
		return nil, err
	}
	var list []string
	const inner = `function() { return (this.innerText ?? this.textContent).trim() }`
	for _, id := range found {
		text, err := chromedp.Run(ctx, chromedp.CallFunctionOn[string](inner, on(id)))
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", css, err)
		}
		list = append(list, text)
	}
	return list, nil
}

// Value returns what is in the field that has an accessible name, or that a selector matches.
func (b *Browser) Value(label string) (value string) {
	b.t.Helper()
	b.until(fmt.Sprintf("read the field %q", label), func(ctx context.Context) (string, error) {
		id, no, err := b.one(ctx, label, field)
		if no != "" || err != nil {
			return no, err
		}
		value, err = chromedp.Run(ctx, chromedp.CallFunctionOn[string](content, on(id)))
		return "", err
	})
	return value
}

// Focused returns the accessible name of what has the keyboard, empty when that is the page itself or has none.
func (b *Browser) Focused() (name string) {
	b.t.Helper()
	b.settle()
	b.until("ask what has the keyboard", func(ctx context.Context) (string, error) {
		object, err := chromedp.Run(ctx, chromedp.Evaluate[*runtime.RemoteObject](`document.activeElement`, chromedp.EvalObjectGroup(group)))
		if err != nil || object.ObjectID == "" || object.ClassName == "HTMLBodyElement" {
			return "", err
		}
		tree, err := chromedp.Call(ctx, accessibility.GetPartialAXTree, accessibility.GetPartialAXTreeParams{
			ObjectID: object.ObjectID, FetchRelatives: new(false),
		})
		if err != nil || len(tree.Nodes) == 0 || tree.Nodes[0].Name == nil {
			return "", err
		}
		name = plain(tree.Nodes[0].Name.Value)
		return "", nil
	})
	return name
}
